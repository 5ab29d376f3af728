#include "gateway/websocket/transcript.hpp"

#include "net/text.hpp"

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <array>

namespace weir::gateway::websocket
{

namespace json = boost::json;

namespace
{

bool is_json(std::string_view text)
{
    std::array<unsigned char, 4096> buffer;
    json::monotonic_resource memory(buffer.data(), buffer.size());
    json::parse_options options;
    options.max_depth = 64;
    boost::system::error_code error;
    static_cast<void>(json::parse(json::string_view(text.data(), text.size()), error, &memory, options));
    return !error;
}

std::string as_element(std::string_view message)
{
    if (is_json(message)) return std::string(message);
    return json::serialize(json::string(net::clean_text(message)));
}

} // namespace

messages as_json(std::string_view transcript, std::size_t most_bytes)
{
    messages out{"[", false};
    while (!transcript.empty() && !out.cut) {
        auto const end = transcript.find(message_end);
        if (end == transcript.npos) {
            out.cut = true;
            break;
        }
        auto const element = as_element(transcript.substr(0, end));
        transcript.remove_prefix(end + 1);
        out.cut = out.json.size() + element.size() + 2 > most_bytes; // with a comma and the closing bracket
        if (out.cut) break;
        if (out.json.size() > 1) out.json += ',';
        out.json += element;
    }
    out.json += ']';
    return out;
}

} // namespace weir::gateway::websocket
