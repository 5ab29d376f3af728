#include "experiments/judge_call.hpp"

#include "experiments/call_plan.hpp"
#include "prompts/template.hpp"
#include "storage/evaluations.hpp"

namespace weir::experiments
{

std::string judge_call::provider() const
{
    auto const of_model = provider_of_model(prompts::model_of(body));
    return of_model.empty() ? "openai" : of_model;
}

std::string chat_target(std::string const& provider)
{
    if (provider == "google") return "/google/v1beta/openai/chat/completions";
    return "/" + provider + "/v1/chat/completions";
}

std::string evaluator_field(std::string const& evaluator)
{
    std::string value;
    for (char const c : evaluator) value += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
    return "Helicone-Property-" + std::string(storage::evaluator_property) + ": " + value + "\r\n";
}

} // namespace weir::experiments
