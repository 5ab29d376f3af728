#include "pricing/model_name.hpp"

#include <algorithm>

namespace weir::pricing::model_name
{
namespace
{

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Whether `text` has the shape of `pattern`, in which `9` stands for a digit.
bool shaped(std::string_view text, std::string_view pattern)
{
    return text.size() == pattern.size() && std::equal(text.begin(), text.end(), pattern.begin(),
                                                       [](char c, char p) { return p == '9' ? is_digit(c) : c == p; });
}

int two_digits(std::string_view text) { return (text[0] - '0') * 10 + (text[1] - '0'); }

/// Whether the four digits are a month and a day: `-2407` of a model of July 2024 is none.
bool is_month_and_day(std::string_view digits)
{
    auto const month = two_digits(digits), day = two_digits(digits.substr(2));
    return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

bool cut_prefix(std::string_view& text, std::string_view prefix)
{
    if (!text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
}

void add(std::vector<std::string_view>& to, std::string_view name)
{
    if (!name.empty() && std::find(to.begin(), to.end(), name) == to.end()) to.push_back(name);
}

/// The vendor part of a reseller's `vendor/model` as a provider id of weir's.
std::string_view vendor_id(std::string_view vendor)
{
    struct alias {
        std::string_view vendor, provider;
    };
    static constexpr alias aliases[] = {
        {"x-ai", "xai"}, {"mistralai", "mistral"}, {"moonshotai", "moonshot"}, {"z-ai", "zai"}, {"qwen", "dashscope"},
    };
    for (auto const& a : aliases)
        if (a.vendor == vendor) return a.provider;
    return vendor;
}

} // namespace

std::string lower(std::string_view text)
{
    std::string result{text};
    for (auto& c : result)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return result;
}

std::string_view without_path(std::string_view model)
{
    auto rest = model;
    if (cut_prefix(rest, "models/")) return rest;
    if (!cut_prefix(rest, "publishers/") && !cut_prefix(rest, "accounts/")) return model;

    auto const slash = rest.find('/');
    if (slash == rest.npos) return model;
    rest.remove_prefix(slash + 1);
    return cut_prefix(rest, "models/") ? rest : model;
}

std::string_view without_moving_suffix(std::string_view model)
{
    for (std::string_view suffix : {":free", ":nitro", ":beta", "-latest"})
        if (model.size() > suffix.size() && model.ends_with(suffix))
            return model.substr(0, model.size() - suffix.size());
    return model;
}

std::string_view without_date(std::string_view model)
{
    for (std::string_view pattern : {"-9999-99-99", "-99999999", "@99999999", "-9999"}) {
        if (model.size() <= pattern.size()) continue;
        auto const end = model.substr(model.size() - pattern.size());
        if (!shaped(end, pattern) || (pattern == "-9999" && !is_month_and_day(end.substr(1)))) continue;
        return model.substr(0, model.size() - pattern.size());
    }
    return model;
}

std::string_view without_region(std::string_view model)
{
    if (model.starts_with("arn:")) {
        auto const slash = model.rfind('/');
        if (slash != model.npos) model.remove_prefix(slash + 1);
    }
    for (std::string_view group : {"us.", "eu.", "apac.", "jp.", "au.", "global."})
        if (cut_prefix(model, group)) break;
    return model;
}

std::string_view without_bedrock_dress(std::string_view model)
{
    model = without_region(model);
    cut_prefix(model, "anthropic.");
    for (std::string_view pattern : {"-v9:9", "-v9"})
        if (model.size() > pattern.size() && shaped(model.substr(model.size() - pattern.size()), pattern))
            return model.substr(0, model.size() - pattern.size());
    return model;
}

std::string_view fine_tuned_base(std::string_view model)
{
    constexpr std::string_view mark = "ft:";
    if (!model.starts_with(mark)) return {};
    return model.substr(0, model.find(':', mark.size()));
}

std::vector<std::string_view> spellings(std::string_view provider, std::string_view model)
{
    std::vector<std::string_view> names;
    auto const with_variants = [&](std::string_view name) {
        auto const bare = without_path(name);
        auto const settled = without_moving_suffix(bare);
        for (auto spelling : {name, bare, settled, without_date(settled)}) add(names, spelling);
    };

    with_variants(model);
    if (provider == "bedrock") with_variants(without_region(model));
    if (provider == "vertex" || provider == "google") { // the OpenAI-shaped endpoint names the publisher
        auto rest = model;
        if (cut_prefix(rest, "google/")) with_variants(rest);
    }
    if (auto base = fine_tuned_base(model); !base.empty()) {
        with_variants(base);
        with_variants(base.substr(3));
    }
    return names;
}

std::vector<parent> parents(std::string_view provider, std::string_view model)
{
    // What was logged without a provider's name has the price that its model has with the vendor who makes it.
    if (provider == "custom") return {{"openai", model}, {"anthropic", model}, {"google", model}};
    if (provider == "azure") return {{"openai", model}, {"azure_ai", model}, {"anthropic", model}};
    if (provider == "azure_ai") return {{"openai", model}, {"anthropic", model}};
    if (provider == "vertex") return {{"google", model}, {"anthropic", model}};
    if (provider == "bedrock") return {{"anthropic", without_bedrock_dress(model)}};
    if (provider == "openrouter" || provider == "vercel") {
        auto const slash = model.find('/');
        if (slash != model.npos) return {{vendor_id(model.substr(0, slash)), model.substr(slash + 1)}};
    }
    return {};
}

} // namespace weir::pricing::model_name
