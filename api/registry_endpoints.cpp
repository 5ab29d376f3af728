#include "api/endpoints.hpp"
#include "pricing/model_registry.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace asio = boost::asio;

/// The models whose prices weir knows. Nothing of an operator's own, nor of any call: it is open to all.
namespace weir::api
{

/// US dollars: for a million tokens, or for one search, image or second of video.
struct model_pricing {
    double prompt = 0, completion = 0;
    std::optional<double> audio, thinking, web_search, image, video, cacheRead, cacheWrite;
    std::optional<std::int64_t> threshold; ///< tokens of the prompt beyond which they hold
};
BOOST_DESCRIBE_STRUCT(model_pricing, (),
                      (prompt, completion, audio, thinking, web_search, image, video, cacheRead, cacheWrite, threshold))

struct model_at_provider {
    std::string model; ///< as the provider's API spells it
};
BOOST_DESCRIBE_STRUCT(model_at_provider, (), (model))

struct model_endpoint {
    std::string provider, providerSlug;
    std::optional<model_at_provider> endpoint;
    std::optional<bool> supportsPtb; ///< whether Helicone pays the provider: never here
    model_pricing pricing;
    std::optional<std::vector<model_pricing>> pricingTiers;
};
BOOST_DESCRIBE_STRUCT(model_endpoint, (), (provider, providerSlug, endpoint, supportsPtb, pricing, pricingTiers))

struct model_registry_item {
    std::string id, name, author;
    std::int64_t contextLength = 0; ///< 0: not known
    std::vector<model_endpoint> endpoints;
    std::optional<std::int64_t> maxOutput;
    std::optional<std::string> trainingDate, description;
    std::vector<std::string> inputModalities, outputModalities, supportedParameters;
};
BOOST_DESCRIBE_STRUCT(model_registry_item, (),
                      (id, name, author, contextLength, endpoints, maxOutput, trainingDate, description,
                       inputModalities, outputModalities, supportedParameters))

struct registry_provider {
    std::string name, displayName;
};
BOOST_DESCRIBE_STRUCT(registry_provider, (), (name, displayName))

struct model_registry_filters {
    std::vector<registry_provider> providers;
    std::vector<std::string> authors, capabilities;
};
BOOST_DESCRIBE_STRUCT(model_registry_filters, (), (providers, authors, capabilities))

struct model_registry {
    std::vector<model_registry_item> models;
    std::int64_t total = 0;
    model_registry_filters filters;
};
BOOST_DESCRIBE_STRUCT(model_registry, (), (models, total, filters))

namespace
{

struct display {
    std::string_view id, name;
};
/// Names that are more than the id with a capital.
constexpr display display_names[] = {
    {"openai", "OpenAI"},
    {"azure", "Azure OpenAI"},
    {"azure_ai", "Azure AI"},
    {"amazon_nova", "Amazon Nova"},
    {"bedrock", "AWS Bedrock"},
    {"vertex", "Google Vertex AI"},
    {"google", "Google AI Studio"},
    {"xai", "xAI"},
    {"openrouter", "OpenRouter"},
    {"deepinfra", "DeepInfra"},
    {"deepseek", "DeepSeek"},
    {"together", "Together AI"},
    {"ai21", "AI21"},
    {"zai", "Z.ai"},
    {"sambanova", "SambaNova"},
    {"minimax", "MiniMax"},
    {"nvidia", "NVIDIA"},
    {"dashscope", "Alibaba DashScope"},
    {"novita", "Novita AI"},
    {"moonshot", "Moonshot AI"},
};

std::string display_name(std::string const& id)
{
    auto const found = std::ranges::find(display_names, id, &display::id);
    if (found != std::end(display_names)) return std::string(found->name);
    auto name = id;
    if (name.front() >= 'a' && name.front() <= 'z') name.front() = static_cast<char>(name.front() - 'a' + 'A');
    return name;
}

/// A million times as much, without the tail that binary fractions leave: prices have few digits.
double for_a_million(double each)
{
    constexpr double million = 1e6, digits = 1e6;
    return std::round(each * million * digits) / digits;
}

std::optional<double> for_a_million(std::optional<double> each)
{
    if (!each) return std::nullopt;
    return for_a_million(*each);
}

model_pricing shown_pricing(pricing::prices const& at)
{
    model_pricing all;
    all.prompt = for_a_million(at.input.value_or(0));
    all.completion = for_a_million(at.output.value_or(0));
    all.audio = for_a_million(at.audio_input);
    all.thinking = for_a_million(at.reasoning);
    all.web_search = at.web_search;
    all.image = at.per_output_image ? at.per_output_image : at.per_input_image;
    all.video = at.per_output_second;
    all.cacheRead = for_a_million(at.cache_read);
    all.cacheWrite = for_a_million(at.cache_write);
    return all;
}

model_endpoint shown_offer(pricing::price_row const& row)
{
    model_endpoint offer;
    offer.provider = display_name(row.provider);
    offer.providerSlug = row.provider;
    offer.endpoint = model_at_provider{row.spelling};
    offer.supportsPtb = false;
    offer.pricing = shown_pricing(row.base);
    if (row.bands.empty()) return offer;
    auto& tiers = offer.pricingTiers.emplace();
    tiers.push_back(shown_pricing(row.base));
    tiers.back().threshold = 0;
    for (auto const& band : row.bands) {
        if (band.above == 0) continue; // the base again
        tiers.push_back(shown_pricing(band.at));
        tiers.back().threshold = band.above;
    }
    return offer;
}

/// What a model takes and gives, as far as its purpose and its prices tell.
void show_modalities(std::vector<pricing::price_row const*> const& offers, model_registry_item& item)
{
    struct {
        std::string_view mode, takes, gives;
    } constexpr purposes[] = {
        {"image_generation", "text", "image"},    {"image_edit", "image", "image"},   {"audio_speech", "text", "audio"},
        {"audio_transcription", "audio", "text"}, {"embedding", "text", "embedding"}, {"realtime", "audio", "audio"},
        {"video_generation", "text", "video"},    {"ocr", "image", "text"},
    };
    std::set<std::string> takes, gives;
    for (auto const* offer : offers) {
        auto const* const purpose =
            std::ranges::find_if(purposes, [&](auto const& p) { return p.mode == offer->mode; });
        bool const is_known = purpose != std::end(purposes);
        takes.emplace(is_known ? purpose->takes : "text");
        gives.emplace(is_known ? purpose->gives : "text");
        auto const& at = offer->base;
        bool const draws = offer->mode == "image_generation"; // the price of a picture stands as one of input there
        if (!draws && (at.per_input_image || at.image_input)) takes.insert("image");
        if (at.audio_input || at.per_audio_input_second) takes.insert("audio");
        if (at.per_output_image || at.image_output) gives.insert("image");
        if (at.audio_output) gives.insert("audio");
    }
    item.inputModalities.assign(takes.begin(), takes.end());
    item.outputModalities.assign(gives.begin(), gives.end());
}

/// Of which price each capability is told by.
constexpr struct {
    std::string_view name;
    bool (*is_of)(model_pricing const& at);
} capabilities[] = {
    {"audio", [](model_pricing const& at) { return at.audio.has_value(); }},
    {"video", [](model_pricing const& at) { return at.video.has_value(); }},
    {"image", [](model_pricing const& at) { return at.image.has_value(); }},
    {"thinking", [](model_pricing const& at) { return at.thinking.has_value(); }},
    {"web_search", [](model_pricing const& at) { return at.web_search.has_value(); }},
    {"caching", [](model_pricing const& at) { return at.cacheRead || at.cacheWrite; }},
};

model_registry_filters filters_of(std::vector<model_registry_item> const& models)
{
    std::map<std::string, std::string> providers;
    std::set<std::string> authors;
    std::set<std::string_view> found;
    for (auto const& model : models) {
        authors.insert(model.author);
        for (auto const& offer : model.endpoints) {
            providers.emplace(offer.providerSlug, offer.provider);
            for (auto const& one : capabilities)
                if (one.is_of(offer.pricing)) found.insert(one.name);
        }
    }
    model_registry_filters filters;
    for (auto const& [id, name] : providers) filters.providers.push_back({id, name});
    filters.authors.assign(authors.begin(), authors.end());
    for (auto const& one : capabilities)
        if (found.contains(one.name)) filters.capabilities.emplace_back(one.name);
    return filters;
}

asio::awaitable<result<model_registry>> registered_models(nothing, services& with)
{
    model_registry all;
    auto const prices = with.prices ? with.prices() : nullptr;
    if (!prices) co_return all;
    for (auto& model : pricing::registered_models(*prices, with.now_us())) {
        auto& item = all.models.emplace_back();
        for (auto const* offer : model.offers) item.endpoints.push_back(shown_offer(*offer));
        show_modalities(model.offers, item);
        item.id = std::move(model.id);
        item.name = std::move(model.name);
        item.author = std::move(model.author);
        item.contextLength = model.max_input.value_or(0);
        item.maxOutput = model.max_output;
    }
    all.total = static_cast<std::int64_t>(all.models.size());
    all.filters = filters_of(all.models);
    co_return all;
}

constexpr endpoint registry_entries[] = {
    get<registered_models>("/v1/public/model-registry/models", "GetModelRegistry",
                           "The models whose prices are known, and who offers them"),
};
static_assert(each_is_unique(registry_entries));

} // namespace

constinit group const registry_endpoints{"Models", registry_entries, true};

} // namespace weir::api
