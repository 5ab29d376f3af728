#include "bench/prose.hpp"

#include <cctype>
#include <cmath>

extern "C" char const bench_words_begin[], bench_words_end[];

namespace weir::bench
{
namespace
{

constexpr std::string_view blanks = " \n";

/// The list, the most frequent first.
std::vector<std::string_view> listed_words()
{
    std::string_view const list(bench_words_begin, static_cast<std::size_t>(bench_words_end - bench_words_begin));
    std::vector<std::string_view> words;
    for (auto begin = list.find_first_not_of(blanks); begin != list.npos;) {
        auto const end = list.find_first_of(blanks, begin);
        words.push_back(list.substr(begin, end - begin));
        begin = list.find_first_not_of(blanks, end);
    }
    return words;
}

std::vector<double> zipf_weights(std::size_t count)
{
    std::vector<double> weights;
    for (std::size_t rank = 1; rank <= count; ++rank)
        weights.push_back(1 / std::pow(static_cast<double>(rank) + 2.7, 1.08));
    return weights;
}

} // namespace

prose::prose(std::uint64_t seed)
    : bits_(seed)
    , words_(listed_words())
{
    auto const weights = zipf_weights(words_.size());
    rank_ = {weights.begin(), weights.end()};
    std::mt19937_64 same_for_all(1);
    for (std::size_t i = 0; i < words_.size(); ++i) followers_.push_back(rank_(same_for_all));
}

std::string prose::word()
{
    if (number(60) == 0) return std::to_string(number(10'000));
    last_ = number(3) == 0 ? followers_[last_] : rank_(bits_);
    std::string word(words_[last_]);
    constexpr std::string_view endings[] = {"s", "ed", "ing", "ly", "er"};
    if (word.size() > 4 && number(5) == 0) word += endings[number(std::size(endings))];
    return word;
}

std::string prose::text(std::size_t bytes)
{
    std::string text;
    for (std::uint64_t left = 0; text.size() < bytes;) {
        auto next = word();
        if (left == 0) {
            left = 5 + number(18);
            next.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(next.front())));
        }
        text += next;
        text += --left == 0 ? ". " : number(16) == 0 ? ", " : " ";
    }
    text.resize(bytes);
    return text;
}

std::string chat_request(prose& from, bool stream)
{
    std::string body = R"({"model":"gpt-4o","temperature":0.7,)";
    if (stream) body += R"("stream":true,)";
    body.append(R"("messages":[{"role":"system","content":")").append(from.text(770));
    return body.append(R"("},{"role":"user","content":")").append(from.text(600)).append(R"("}]})");
}

std::string chat_response(prose& from)
{
    std::string body = R"({"id":"chatcmpl-)";
    for (int i = 0; i < 29; ++i)
        body += "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"[from.number(62)];
    body.append(R"(","object":"chat.completion","created":)")
        .append(std::to_string(1'767'225'600 + from.number(9'000'000)));
    body.append(R"(,"model":"gpt-4o-2024-08-06","choices":[{"index":0,"message":{"role":"assistant","content":")");
    body.append(from.text(600));
    body.append(R"(","refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}],"usage":)");
    body.append(R"({"prompt_tokens":)").append(std::to_string(250 + from.number(60)));
    body.append(R"(,"completion_tokens":)").append(std::to_string(100 + from.number(40)));
    body.append(R"(,"total_tokens":)").append(std::to_string(350 + from.number(100)));
    body.append(R"(,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":)");
    body.append(R"({"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0,)");
    return body.append(
        R"("rejected_prediction_tokens":0}},"service_tier":"default","system_fingerprint":"fp_44709d6fcb"})");
}

} // namespace weir::bench
