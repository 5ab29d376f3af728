#include "gateway/formats/realtime.hpp"
#include "gateway/websocket/observer.hpp"
#include "gateway/websocket/transcript.hpp"

#include <boost/json/parse.hpp>

#include <cstdint>
#include <cstdlib>

namespace
{

using namespace weir::gateway;

constexpr std::size_t most_kept = 4096;

void require(bool holds)
{
    if (!holds) std::abort();
}

/// Everything that an observer knows in the end, as one text.
std::string observed(websocket::side from, std::string_view bytes, std::size_t piece)
{
    capture_budget budget(1'000'000);
    capture transcript(budget);
    transcript.begin("application/json", "", most_kept);
    formats::realtime_tally events("openai");
    websocket::observer side(from);
    side.keep_texts(transcript);
    side.read_events(events, budget);
    for (auto rest = bytes; !rest.empty(); rest.remove_prefix(std::min(piece, rest.size())))
        side.see(rest.substr(0, piece), 0);
    require(side.bytes() == bytes.size());

    std::string told = std::to_string(side.messages()) + "|" + std::string(side.problem()) + "|" + transcript.text();
    if (side.closed()) told += "|" + std::to_string(side.closed()->code) + side.closed()->reason;
    auto const& said = events.result();
    told += "|" + said.model + "|" + said.finish_reason + "|" + std::to_string(said.used.total.value_or(-1));

    auto const body = websocket::as_json(transcript.text(), most_kept);
    require(body.json.size() <= most_kept);
    boost::system::error_code error;
    boost::json::parse_options options;
    options.max_depth = 65; // an element may have 64
    static_cast<void>(boost::json::parse(body.json, error, {}, options));
    require(!error);
    return told;
}

} // namespace

/// What a side says does not depend on the pieces that it comes in, and what is kept of it is always JSON.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    if (size < 2) return 0;
    std::string_view const bytes{reinterpret_cast<char const*>(data) + 1, size - 1};
    auto const from = data[0] % 2 == 0 ? websocket::side::client : websocket::side::server;
    require(observed(from, bytes, bytes.size()) == observed(from, bytes, 1U + data[0] / 2));
    return 0;
}
