#include "pricing/model_registry.hpp"

#include "pricing/model_name.hpp"

#include <algorithm>
#include <map>
#include <string_view>

namespace weir::pricing
{
namespace
{

/// A model's name and, where a provider puts it before the name, who made it.
struct parts {
    std::string_view author, name;
};

/// Bedrock's `us-east-1/meta.llama3-8b-instruct-v1:0`: a region, the author, the name and a version.
parts parts_of_bedrock(std::string_view spelled)
{
    if (auto const slash = spelled.rfind('/'); slash != spelled.npos) spelled.remove_prefix(slash + 1);
    spelled = model_name::without_region(spelled);
    auto const dot = spelled.find_first_not_of("abcdefghijklmnopqrstuvwxyz");
    bool const has_author = dot != spelled.npos && dot > 0 && spelled[dot] == '.';
    auto const author = has_author ? spelled.substr(0, dot) : std::string_view();
    if (has_author) spelled.remove_prefix(dot + 1);
    return {author, model_name::without_bedrock_dress(spelled)};
}

/// What stands before the name is an author, but with providers that put regions, sizes or their own name there.
parts parts_of(std::string_view provider, std::string_view spelled)
{
    if (provider == "bedrock") return parts_of_bedrock(spelled);
    auto const slash = spelled.rfind('/');
    if (slash == spelled.npos) return {{}, spelled};
    auto const name = spelled.substr(slash + 1);
    for (std::string_view const other : {"openai", "azure", "fireworks"})
        if (provider == other) return {{}, name};
    auto const path = spelled.substr(0, slash);
    return {path.substr(path.rfind('/') + 1), name};
}

struct beginning {
    std::string_view of, author;
};

/// Families of models, whose names say who made them.
constexpr beginning families[] = {
    {"gpt-", "openai"},       {"o1", "openai"},         {"o3", "openai"},         {"o4-", "openai"},
    {"dall-e", "openai"},     {"whisper", "openai"},    {"chatgpt", "openai"},    {"text-embedding-", "openai"},
    {"claude", "anthropic"},  {"gemini", "google"},     {"gemma", "google"},      {"imagen", "google"},
    {"veo-", "google"},       {"llama", "meta"},        {"meta-llama", "meta"},   {"codellama", "meta"},
    {"mistral", "mistral"},   {"mixtral", "mistral"},   {"codestral", "mistral"}, {"ministral", "mistral"},
    {"magistral", "mistral"}, {"devstral", "mistral"},  {"pixtral", "mistral"},   {"qwen", "qwen"},
    {"qwq", "qwen"},          {"deepseek", "deepseek"}, {"grok", "xai"},          {"command", "cohere"},
    {"kimi", "moonshot"},     {"glm-", "zai"},          {"minimax", "minimax"},   {"phi-", "microsoft"},
    {"nova-", "amazon"},      {"titan-", "amazon"},     {"sonar", "perplexity"},  {"jamba", "ai21"},
};

/// Other names for authors, as they stand in paths; and providers whose own models are another's.
constexpr beginning aliases[] = {
    {"meta-llama", "meta"},
    {"mistralai", "mistral"},
    {"deepseek-ai", "deepseek"},
    {"moonshotai", "moonshot"},
    {"zai-org", "zai"},
    {"z-ai", "zai"},
    {"x-ai", "xai"},
    {"minimaxai", "minimax"},
    {"alibaba", "qwen"},
    {"dashscope", "qwen"},
    {"amazon-nova", "amazon"},
    {"amazon_nova", "amazon"},
    {"azure", "microsoft"},
    {"azure_ai", "microsoft"},
    {"bedrock", "amazon"},
    {"vertex", "google"},
};

std::string author_of(std::string_view id, std::string_view in_path, std::string_view provider)
{
    for (auto const& family : families)
        if (id.starts_with(family.of)) return std::string(family.author);
    auto const given = in_path.empty() ? provider : in_path;
    for (auto const& alias : aliases)
        if (given == alias.of) return std::string(alias.author);
    return std::string(given);
}

/// Vertex writes `@` before a date, where the others write `-`.
std::string id_of(std::string_view name)
{
    auto id = model_name::lower(name);
    std::ranges::replace(id, '@', '-');
    return id;
}

} // namespace

std::vector<registered_model> registered_models(price_table const& table, std::int64_t now_us)
{
    std::map<std::string, registered_model> by_id;
    for (auto const* row : table.embedded_rows()) {
        if (now_us < row->valid_from_us || now_us >= row->valid_to_us) continue;
        auto const [author, name] = parts_of(row->provider, row->model);
        if (name.empty()) continue;
        auto& model = by_id[id_of(name)];
        if (model.offers.empty()) {
            model.id = id_of(name);
            model.author = author_of(model.id, author, row->provider);
        }
        if (model.offers.empty() || row->provider == model.author)
            model.name = row->spelling.substr(static_cast<std::size_t>(name.data() - row->model.data()), name.size());
        model.max_input = std::max(model.max_input, row->max_input); // none is less than any
        model.max_output = std::max(model.max_output, row->max_output);
        model.offers.push_back(row);
    }
    std::vector<registered_model> all;
    all.reserve(by_id.size());
    for (auto& [id, model] : by_id) {
        std::ranges::stable_sort(model.offers, {}, &price_row::provider);
        all.push_back(std::move(model));
    }
    return all;
}

} // namespace weir::pricing
