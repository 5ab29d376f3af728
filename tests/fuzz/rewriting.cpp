#include "gateway/stream_usage.hpp"

#include <boost/json/parse.hpp>

#include <cstdint>
#include <cstdlib>

namespace
{

using namespace weir::gateway;
namespace json = boost::json;

void require(bool holds)
{
    if (!holds) std::abort();
}

/// A changed request asks for usage and is otherwise the same.
void rewrite(std::string_view body)
{
    auto const edit = ask_for_usage(body);
    if (!edit) return;
    require(edit->at + edit->removed <= body.size());
    std::string changed(body);
    changed.replace(edit->at, edit->removed, edit->inserted);

    json::error_code error;
    auto before = json::parse({body.data(), body.size()}, error);
    if (error) return; // not JSON in a way that a cheap look does not see: the provider will say so
    auto after = json::parse(changed, error);
    require(!error && after.is_object());
    require(before.at("stream") == true);
    require(after.at("stream_options").at("include_usage") == true);
    after.as_object().erase("stream_options");
    before.as_object().erase("stream_options");
    require(before == after);
}

/// What passes does not depend on the pieces, and is the stream less some of its bytes.
void sieve(std::string_view stream, std::size_t piece)
{
    event_sieve whole, in_pieces;
    std::string expected, got;
    whole.put(stream, expected);
    whole.finish(expected);
    for (std::size_t i = 0; i < stream.size(); i += piece) in_pieces.put(stream.substr(i, piece), got);
    in_pieces.finish(got);
    require(got == expected || stream.size() > 8000); // a long event passes as soon as it is one
    std::size_t at = 0;
    for (char const c : expected) {
        at = stream.find(c, at);
        require(at != stream.npos);
        ++at;
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    if (size == 0) return 0;
    std::string_view const bytes{reinterpret_cast<char const*>(data) + 1, size - 1};
    if (data[0] % 2)
        rewrite(bytes);
    else
        sieve(bytes, 1 + data[0] / 2);
    return 0;
}
