#include "gateway/formats/format.hpp"
#include "pricing/price_table.hpp"

#include <boost/json/parse.hpp>

#include <cstdint>
#include <optional>

namespace
{

using namespace weir;

/// The first byte of the input chooses what the rest is taken for.
[[maybe_unused]] void read_as(std::uint8_t choice, std::string_view text)
{
    namespace formats = gateway::formats;
    static constexpr std::string_view types[] = {"text/event-stream", "application/json", "application/x-ndjson", ""};
    static constexpr std::string_view paths[] = {"/v1/chat/completions", "/v1beta/models/m:streamGenerateContent",
                                                 "/v1/images/generations", "/v1/audio/speech"};
    formats::call_view call;
    call.speaks = static_cast<formats::kind>(choice % 3);
    call.provider = choice % 2 ? "xai" : "openai";
    call.content_type = types[choice / 4 % 4];
    call.path = paths[choice / 16 % 4];
    call.status = choice & 1 ? 200 : 500;
    call.body = text;
    (void)formats::read_response(call);
    (void)formats::ends_properly(call.speaks, text);

    call.tail = text.substr(text.size() / 2);
    call.body = text.substr(0, text.size() / 3);
    (void)formats::read_response(call);

    boost::system::error_code error;
    auto const request = boost::json::parse(text, error);
    if (!error) call.request = &request;
    call.path = call.query = text;
    (void)formats::read_request(call);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    if (size == 0) return 0;
    std::string_view const text{reinterpret_cast<char const*>(data) + 1, size - 1};
#ifdef WEIR_FUZZ_PRICES
    static auto const untouched = [] { return pricing::price_table::embedded(); };
    static auto table = std::optional{untouched()};
    static int added = 0;
    if (table->add(text) && ++added % 64 == 0) table.emplace(untouched()); // what is added stays: begin anew
    (void)table->find("openai", text, data[0]);
#else
    read_as(data[0], text);
#endif
    return 0;
}
