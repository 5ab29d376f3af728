#include "gateway/formats/usage_fields.hpp"

#include <algorithm>

namespace weir::gateway::formats
{
namespace
{

using count = std::optional<std::int64_t>;

/// The vendors whose OpenAI-shaped answers count reasoning beside the completion, not within it.
bool counts_reasoning_apart(std::string_view provider)
{
    for (std::string_view apart : {"xai", "perplexity", "google", "gemini", "vertex"})
        if (provider == apart) return true;
    return false;
}

/// The uncached part of an input that includes what was cached, unless the figures say that it does not: a gateway that
/// re-shapes Anthropic's answers leaves them exclusive.
void take_cached_from_prompt(pricing::usage& used)
{
    if (!used.prompt_reported) return;
    auto const cached = used.cache_read.value_or(0) + used.cache_write.value_or(0);
    used.prompt = cached <= *used.prompt_reported ? *used.prompt_reported - cached : *used.prompt_reported;
}

/// Keeps what is said of the prompt's parts within what remains of it: the surplus came from the cache.
void fit_parts_into_prompt(pricing::usage& used)
{
    auto const uncached = used.prompt.value_or(0);
    auto& cached_audio = used.prompt_audio_cached;
    cached_audio = std::min(cached_audio, used.cache_read.value_or(0));
    if (used.prompt_audio && *used.prompt_audio > uncached) {
        cached_audio = std::min(cached_audio + *used.prompt_audio - uncached, used.cache_read.value_or(0));
        used.prompt_audio = uncached;
    }
    used.prompt_image = std::min(used.prompt_image, uncached - used.prompt_audio.value_or(0));
}

void fit_parts_into_completion(pricing::usage& used)
{
    auto const whole = used.completion.value_or(0);
    if (used.completion_audio) used.completion_audio = std::min(*used.completion_audio, whole);
    used.completion_image = std::min(used.completion_image, whole);
}

json::object const* first_object(json::object const& from, std::string_view a, std::string_view b, std::string_view c)
{
    for (auto key : {a, b, c})
        if (auto const* found = object_at(&from, key)) return found;
    return nullptr;
}

void read_openai_cache(json::object const& usage, json::object const* details, pricing::usage& into)
{
    into.cache_read = count_at(details, "cached_tokens");
    // DeepSeek; Moonshot; gateways that keep Anthropic's names beside OpenAI's.
    if (!into.cache_read)
        into.cache_read = first_count(&usage, "prompt_cache_hit_tokens", "cached_tokens", "cache_read_input_tokens");

    into.cache_write = count_at(details, "cache_write_tokens");
    if (!into.cache_write) into.cache_write = first_count(&usage, "cache_creation_input_tokens");
    auto const* lifetimes = object_at(details, "cache_write_tokens_details");
    into.cache_write_5m = count_at(lifetimes, "ttl_30m_tokens");
    into.cache_write_1h = count_at(lifetimes, "ttl_12h_tokens");
    if (!into.cache_write) into.cache_write = plus(into.cache_write_5m, into.cache_write_1h);
}

void read_openai_cost(json::object const& usage, pricing::usage& into)
{
    auto dollars = number_at(&usage, "cost");    // OpenRouter
    if (dollars && true_at(&usage, "is_byok")) { // with a key of one's own, `cost` is OpenRouter's fee alone
        auto const upstream = number_at(object_at(&usage, "cost_details"), "upstream_inference_cost");
        dollars = *dollars + upstream.value_or(0);
    }
    if (!dollars) dollars = number_at(object_at(&usage, "cost"), "total_cost"); // Perplexity
    if (!dollars)
        if (auto const ticks = number_at(&usage, "cost_in_usd_ticks")) dollars = *ticks / 1e10; // xAI
    if (dollars && *dollars >= 0) into.cost_dollars = dollars;
}

void add_reasoning_beside(json::object const& usage, call_view const& call, pricing::usage& into)
{
    if (!into.reasoning || !into.completion) return;
    bool beside = *into.reasoning > *into.completion; // it cannot be a part of what is less
    if (counts_reasoning_apart(call.provider)) {
        // In the Responses shape these vendors follow OpenAI, or do not: the total tells.
        bool const total_includes_it = plus(into.prompt_reported, into.completion) == into.total;
        beside = beside || usage.contains("completion_tokens") || !total_includes_it;
    }
    if (beside) into.completion = plus(into.completion, into.reasoning);
}

/// The tokens of one modality in Gemini's lists of `{modality, tokenCount}`.
count modality(json::object const& usage, std::string_view list, std::string_view wanted)
{
    count sum;
    if (auto const* entries = array_at(&usage, list))
        for (auto const& entry : *entries)
            if (auto const* object = entry.if_object(); text_at(object, "modality") == wanted)
                sum = plus(sum, count_at(object, "tokenCount"));
    return sum;
}

void read_camel_case(json::object const& usage, pricing::usage& into)
{
    into.prompt_reported = first_count(&usage, "inputTokens", "promptTokens");
    into.prompt = into.prompt_reported; // Bedrock's Converse excludes the cache, as Anthropic does
    into.completion = first_count(&usage, "outputTokens", "completionTokens");
    into.total = count_at(&usage, "totalTokens");
    into.cache_read = count_at(&usage, "cacheReadInputTokens");
    into.cache_write = count_at(&usage, "cacheWriteInputTokens");
    into.cache_write_5m = into.cache_write;
    into.reasoning = count_at(&usage, "reasoningTokens");
}

} // namespace

void read_openai_usage(json::object const& usage, call_view const& call, pricing::usage& into)
{
    into.prompt_reported = first_count(&usage, "prompt_tokens", "input_tokens");
    into.completion = first_count(&usage, "completion_tokens", "output_tokens");
    into.total = count_at(&usage, "total_tokens");

    auto const* input = first_object(usage, "prompt_tokens_details", "input_tokens_details", "input_token_details");
    auto const* output =
        first_object(usage, "completion_tokens_details", "output_tokens_details", "output_token_details");
    read_openai_cache(usage, input, into);
    if (!into.prompt_reported && into.cache_read)
        into.prompt_reported = plus(into.cache_read, count_at(&usage, "prompt_cache_miss_tokens"));
    take_cached_from_prompt(into);

    auto const* cached = object_at(input, "cached_tokens_details");
    into.prompt_audio_cached = count_at(cached, "audio_tokens").value_or(0);
    if ((into.prompt_audio = count_at(input, "audio_tokens")))
        into.prompt_audio = std::max<std::int64_t>(0, *into.prompt_audio - into.prompt_audio_cached);
    into.prompt_image = count_at(input, "image_tokens").value_or(0);
    fit_parts_into_prompt(into);

    into.reasoning = count_at(output, "reasoning_tokens");
    if (!into.reasoning) into.reasoning = count_at(&usage, "reasoning_tokens"); // Perplexity
    add_reasoning_beside(usage, call, into);
    into.completion_audio = count_at(output, "audio_tokens");
    into.completion_image = count_at(output, "image_tokens").value_or(0);
    fit_parts_into_completion(into);

    into.web_searches = first_count(&usage, "num_sources_used", "num_search_queries").value_or(0); // xAI, Perplexity
    if (text_at(&usage, "type") == "duration")
        into.input_seconds = std::max(0.0, number_at(&usage, "seconds").value_or(0));
    read_openai_cost(usage, into);
}

void read_anthropic_usage(json::object const& usage, reading& into)
{
    auto& used = into.used;
    used.prompt = used.prompt_reported = count_at(&usage, "input_tokens");
    used.completion = count_at(&usage, "output_tokens");
    used.cache_read = count_at(&usage, "cache_read_input_tokens");
    used.reasoning = count_at(object_at(&usage, "output_tokens_details"), "thinking_tokens");

    auto const* lifetimes = object_at(&usage, "cache_creation");
    used.cache_write_5m = count_at(lifetimes, "ephemeral_5m_input_tokens");
    used.cache_write_1h = count_at(lifetimes, "ephemeral_1h_input_tokens");
    auto const split = plus(used.cache_write_5m, used.cache_write_1h);
    used.cache_write = count_at(&usage, "cache_creation_input_tokens");
    if (!used.cache_write || split > used.cache_write) used.cache_write = split;
    if (used.cache_write && split < used.cache_write) // a sum, or what of it has no lifetime, is short-lived
        used.cache_write_5m = *used.cache_write - used.cache_write_1h.value_or(0);

    if (used.prompt && used.completion)
        used.total = plus(plus(used.prompt, used.completion), plus(used.cache_read, used.cache_write));

    used.web_searches = count_at(object_at(&usage, "server_tool_use"), "web_search_requests").value_or(0);
    if (text_at(&usage, "service_tier") == "batch") into.tier = pricing::service_tier::batch;
    if (text_at(&usage, "speed") == "fast" || text_at(&usage, "inference_geo") == "us") into.approximate_price = true;
}

void read_gemini_usage(json::object const& usage, pricing::usage& into)
{
    into.prompt_reported = count_at(&usage, "promptTokenCount");
    into.cache_read = count_at(&usage, "cachedContentTokenCount");
    into.cache_write.reset();
    into.prompt.reset();
    take_cached_from_prompt(into);
    into.prompt = plus(into.prompt, count_at(&usage, "toolUsePromptTokenCount"));

    into.reasoning = count_at(&usage, "thoughtsTokenCount");
    into.completion = plus(first_count(&usage, "candidatesTokenCount", "responseTokenCount"), into.reasoning);
    into.total = count_at(&usage, "totalTokenCount");

    auto const cached_audio = modality(usage, "cacheTokensDetails", "AUDIO");
    into.prompt_audio_cached = cached_audio.value_or(0);
    into.prompt_audio = modality(usage, "promptTokensDetails", "AUDIO");
    if (into.prompt_audio) into.prompt_audio = std::max<std::int64_t>(0, *into.prompt_audio - into.prompt_audio_cached);
    auto const image = modality(usage, "promptTokensDetails", "IMAGE").value_or(0);
    into.prompt_image = std::max<std::int64_t>(0, image - modality(usage, "cacheTokensDetails", "IMAGE").value_or(0));
    fit_parts_into_prompt(into);

    auto const* output =
        usage.contains("candidatesTokensDetails") ? "candidatesTokensDetails" : "responseTokensDetails"; // Gemini Live
    into.completion_audio = modality(usage, output, "AUDIO");
    into.completion_image = modality(usage, output, "IMAGE").value_or(0);
    fit_parts_into_completion(into);
}

void read_cohere_usage(json::object const& usage, pricing::usage& into)
{
    auto const* billed = object_at(&usage, "billed_units");
    auto const* counted = object_at(&usage, "tokens");
    auto const preferred = [&](std::string_view key) {
        auto const n = count_at(billed, key);
        return n ? n : count_at(counted, key);
    };
    into.prompt = into.prompt_reported = preferred("input_tokens");
    into.completion = preferred("output_tokens");
    if (into.prompt && into.completion) into.total = plus(into.prompt, into.completion);
    into.queries = count_at(billed, "search_units").value_or(0);
}

void read_usage_by_names(json::object const& usage, call_view const& call, reading& into)
{
    bool const openai = usage.contains("prompt_tokens") || usage.contains("completion_tokens");
    bool const anthropic = usage.contains("cache_read_input_tokens") || usage.contains("cache_creation_input_tokens") ||
                           (call.speaks == kind::anthropic && usage.contains("input_tokens"));
    if (!openai && anthropic) return read_anthropic_usage(usage, into);
    if (usage.contains("billed_units")) return read_cohere_usage(usage, into.used);
    if (usage.contains("promptTokenCount") || usage.contains("totalTokenCount"))
        return read_gemini_usage(usage, into.used);

    read_openai_usage(usage, call, into.used);
    if (!into.used.known()) read_camel_case(usage, into.used);
}

void read_openai_tier(json::object const& root, reading& into)
{
    auto const tier = text_at(&root, "service_tier");
    if (tier == "priority" || tier == "fast") into.tier = pricing::service_tier::priority;
    if (tier == "flex") into.tier = pricing::service_tier::flex;
    if (tier == "batch") into.tier = pricing::service_tier::batch;
}

} // namespace weir::gateway::formats
