#include "api/trace_body.hpp"

#include "net/content_coding.hpp"
#include "net/text.hpp"

#include <utility>

namespace weir::api
{
namespace
{

/// No more than this comes out of a compressed body.
constexpr std::size_t most_decoded = 16 * 1024 * 1024;

} // namespace

result<std::string> decoded(raw_body body)
{
    if (body.content_encoding.empty() || net::iequals(body.content_encoding, "identity")) return std::move(body.bytes);
    auto const decoder = net::content_decoder::make(body.content_encoding);
    if (!decoder) return invalid("body: its Content-Encoding is not known");
    std::string text;
    if (!decoder->decode(body.bytes, text, most_decoded))
        return invalid("body: is not what its Content-Encoding says, or longer than 16 MiB without it");
    if (!decoder->is_complete()) return invalid("body: its " + body.content_encoding + " is cut, or something follows");
    return text;
}

} // namespace weir::api
