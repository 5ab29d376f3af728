#pragma once

#include <cstdint>
#include <optional>

namespace weir::pricing
{

/// How much of the web a search may bring into the context: providers price a search by it.
enum class search_size : std::uint8_t { low, medium, high };

/// What one call consumed, as its provider reported it, brought to one meaning whatever the provider's own is.
///
/// Unknown is empty, never zero. Tokens unless the name says otherwise. The conversion from each wire format is the
/// business of gateway/formats; docs/usage-and-cost.md has the table of who includes what in what.
struct usage {
    std::optional<std::int64_t> prompt = {}; ///< input neither read from nor written to a cache; includes audio
    std::optional<std::int64_t> prompt_reported = {}; ///< the provider's own figure for the input, whatever it includes
    std::optional<std::int64_t> completion = {};      ///< output, including reasoning and audio
    std::optional<std::int64_t> total = {};           ///< the provider's own total

    std::optional<std::int64_t> cache_read = {};
    std::optional<std::int64_t> cache_write = {};      ///< all lifetimes together
    std::optional<std::int64_t> cache_write_5m = {};   ///< short-lived (Anthropic 5 min, OpenAI 30 min)
    std::optional<std::int64_t> cache_write_1h = {};   ///< long-lived (Anthropic 1 h, OpenAI 12 h)
    std::optional<std::int64_t> reasoning = {};        ///< part of `completion`
    std::optional<std::int64_t> prompt_audio = {};     ///< part of `prompt`
    std::optional<std::int64_t> completion_audio = {}; ///< part of `completion`

    // What is priced but has no column of its own in the record.
    std::int64_t prompt_audio_cached = 0; ///< audio tokens read from a cache; part of `cache_read`
    std::int64_t prompt_image = 0;        ///< part of `prompt`
    std::int64_t completion_image = 0;    ///< part of `completion`
    std::int64_t images = 0;              ///< pictures made, where the provider reports no image tokens
    double input_seconds = 0;             ///< audio transcribed, where the provider reports a duration
    std::int64_t input_chars = 0;         ///< Unicode code points spoken by a text-to-speech call
    std::int64_t queries = 0;             ///< rerank searches
    std::int64_t pages = 0;               ///< pages read by an OCR call
    std::int64_t web_searches = 0;
    search_size searched = search_size::medium; ///< the size of those searches
    std::optional<double> cost_dollars = {};    ///< what the provider itself says that the call cost

    /// Whether anything was reported at all.
    bool known() const
    {
        return prompt || completion || total || images > 0 || input_seconds > 0 || input_chars > 0 || queries > 0 ||
               pages > 0 || cost_dollars.has_value();
    }

    bool operator==(usage const&) const = default;
};

} // namespace weir::pricing
