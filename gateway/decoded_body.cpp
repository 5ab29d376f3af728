#include "gateway/decoded_body.hpp"

#include "gateway/websocket/transcript.hpp"
#include "net/content_coding.hpp"

#include <algorithm>
#include <string_view>

namespace weir::gateway
{

namespace
{

/// No more than this comes out of a content coding: a bomb ends here.
constexpr std::size_t most_decoded = 256ULL * 1024 * 1024;

/// The beginning of a text and its last bytes, whatever lies between.
class head_and_tail
{
public:
    head_and_tail(std::size_t most_head, std::size_t most_tail)
        : most_head_(most_head)
        , most_tail_(most_tail)
    {
    }

    void add(std::string_view piece)
    {
        auto const room = most_head_ - std::min(most_head_, head.size());
        head += piece.substr(0, room);
        if (piece.size() <= room) return;
        tail += piece.substr(room);
        if (tail.size() <= 2 * most_tail_) return;
        tail.erase(0, tail.size() - most_tail_);
        has_gap = true;
    }

    std::string head, tail;
    bool has_gap = false; ///< bytes between head and tail are gone

private:
    std::size_t const most_head_, most_tail_;
};

} // namespace

decoded_body decode(capture& from, std::size_t max_body)
{
    decoded_body out;
    if (from.kind() != body_kind::text) {
        out.text = from.describe();
        out.is_text = false;
        out.is_cut = from.is_cut();
        return out;
    }
    if (from.content_encoding().empty()) {
        auto const tail = from.tail();
        bool const gap = from.total_bytes() > from.text().size() + tail.size();
        out.marks = from.marks();
        out.is_cut = from.is_cut() || from.is_refused();
        out.text = from.take_text();
        if (gap)
            out.tail = tail;
        else
            out.text += tail;
        return out;
    }

    // The bytes are decoded as they came, so that what came when can be told of the text too.
    auto const decoder = net::content_decoder::make(from.content_encoding());
    head_and_tail collected(max_body, capture::tail_size);
    std::string_view rest = from.text();
    std::uint64_t coded_end = 0, decoded_end = 0;
    out.is_cut = !decoder || from.is_cut() || from.is_refused();
    for (auto const& mark : from.marks()) {
        auto piece = rest.substr(0, std::min<std::uint64_t>(mark.end - coded_end, rest.size()));
        rest.remove_prefix(piece.size());
        coded_end = mark.end;
        bool good = decoder != nullptr;
        while (good && !piece.empty()) {
            std::string text;
            auto const step = piece.substr(0, 4096); // so that a bomb is noticed before it fills the memory
            piece.remove_prefix(step.size());
            good = decoder->decode(step, text, most_decoded - std::min<std::size_t>(most_decoded, decoded_end));
            decoded_end += text.size();
            collected.add(text);
        }
        out.marks.push_back({decoded_end, mark.at_us});
        if (good) continue;
        out.is_cut = true;
        break;
    }
    out.is_cut |= !collected.tail.empty();
    out.text = std::move(collected.head);
    if (collected.has_gap)
        out.tail = std::move(collected.tail);
    else
        out.text += collected.tail;
    return out;
}

decoded_body decode_transcript(capture const& from, std::size_t max_body)
{
    decoded_body out;
    auto messages = websocket::as_json(from.text(), max_body);
    out.text = std::move(messages.json);
    out.is_cut = messages.cut || from.is_cut() || from.is_refused();
    return out;
}

} // namespace weir::gateway
