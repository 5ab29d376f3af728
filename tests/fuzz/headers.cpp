#include "gateway/call_headers.hpp"
#include "net/text.hpp"

#include <cstdint>
#include <cstdlib>

namespace
{

using namespace weir;

void require(bool holds)
{
    if (!holds) std::abort();
}

bool is_clean(std::string_view text) { return text.find_first_of(std::string_view("\r\n\0", 3)) == text.npos; }

/// What reaches the provider: no field of weir's own, nothing hop-by-hop, no gateway key, no second line.
void check_forwarded(net::request_head const& head, std::string_view options)
{
    for (auto const& f : head.fields) {
        if (!gateway::is_forwarded(f, options)) continue;
        require(!net::istarts_with(f.name, "Helicone-") && !net::istarts_with(f.name, "X-Weir-"));
        for (std::string_view hop : {"Connection", "Keep-Alive", "Proxy-Authorization", "TE", "Trailer",
                                     "Transfer-Encoding", "Upgrade", "Host", "Content-Length", "Expect"})
            require(!net::iequals(f.name, hop));
        auto const value = gateway::provider_value(f.value);
        require(is_clean(value) && !gateway::mentions_gateway_key(value));
    }
    std::string key;
    require(!gateway::mentions_gateway_key(gateway::without_gateway_key(head.target, key)));
    require(is_clean(gateway::redacted_target(head.target)));
}

/// What reaches the record: clean texts, and no credential among the properties.
void check_recorded(net::request_head const& head)
{
    (void)gateway::read_relay_headers(head);
    auto const read = gateway::read_call_headers(head);
    for (auto const* text : {&read.user_id, &read.session_id, &read.session_name, &read.session_path, &read.prompt_id,
                             &read.prompt_version, &read.model_override})
        require(net::clean_text(*text) == *text);
    for (auto const& [name, value] : read.properties) {
        require(net::clean_text(name) == name && net::clean_text(value) == value);
        require(!net::iequals(name, "Helicone-Auth"));
    }
}

} // namespace

/// The input is a request's head.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    std::string const bytes(reinterpret_cast<char const*>(data), size);
    net::request_parser parser(64 * 1024);
    boost::system::error_code malformed;
    if (parser.parse_head(bytes, malformed) == 0 || malformed) return 0;
    auto const& head = parser.head();
    check_forwarded(head, gateway::connection_options(head));
    check_recorded(head);
    return 0;
}
