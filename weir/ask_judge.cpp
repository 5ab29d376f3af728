#include "weir/ask_judge.hpp"

#include "experiments/retry.hpp"

namespace weir
{

boost::asio::awaitable<api::result<std::string>> ask_judge(experiments::evaluation_worker& with,
                                                           api::judge_question question)
{
    experiments::judge_call call{question.organization, std::move(question.evaluator), std::move(question.body)};
    auto answer = co_await with.ask_for(std::move(call));
    if (answer.status / 100 != 2) co_return api::conflict("The judge gave no answer: " + reason_of(answer));
    co_return std::move(answer.body);
}

boost::asio::awaitable<api::result<evaluation::score>> run_command(experiments::evaluation_worker& with,
                                                                   evaluation::command_wish what,
                                                                   evaluation::subject about)
{
    auto const said = co_await with.run_for(std::move(what), std::move(about));
    if (!said) co_return api::failure(api::errc::not_ready, "too many commands are tried at once: try again");
    if (!said->value) co_return api::conflict(said->problem);
    co_return *said->value;
}

} // namespace weir
