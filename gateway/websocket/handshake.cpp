#include "gateway/websocket/handshake.hpp"

#include "net/text.hpp"

#include <openssl/evp.h>

#include <array>
#include <vector>

namespace weir::gateway::websocket
{
namespace
{

using net::iequals;

std::vector<std::string_view> values_of(net::message_head const& head, std::string_view name)
{
    std::vector<std::string_view> values;
    for (auto const& f : head.fields)
        if (iequals(f.name, name)) values.push_back(f.value);
    return values;
}

/// Whether one of the fields of that name lists `element`, in any case.
bool lists(net::message_head const& head, std::string_view name, std::string_view element)
{
    bool found = false;
    for (auto const value : values_of(head, name))
        net::for_each_element(value, [&](std::string_view one) { found |= iequals(one, element); });
    return found;
}

/// 16 bytes in base64.
bool is_key(std::string_view text)
{
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    return text.size() == 24 && text.ends_with("==") &&
           text.substr(0, 22).find_first_not_of(alphabet) == std::string_view::npos;
}

} // namespace

bool is_asked_for(net::request_head const& head)
{
    return head.method == "GET" && head.version == 11 && lists(head, "Upgrade", "websocket") &&
           lists(head, "Connection", "upgrade");
}

refusal why_not(net::request_head const& head)
{
    if (head.chunked || head.content_length.value_or(0) > 0)
        return {errc::malformed_request, "a request for a websocket has no body"};
    auto const versions = values_of(head, "Sec-WebSocket-Version");
    if (versions.size() != 1 || versions.front() != "13")
        return {errc::unsupported_websocket, "only websockets of version 13 are spoken"};
    auto const keys = values_of(head, "Sec-WebSocket-Key");
    if (keys.size() != 1 || !is_key(keys.front()))
        return {errc::malformed_request, "Sec-WebSocket-Key must be 16 bytes in base64"};
    return {};
}

std::string wrong_with(net::request_head const& asked, net::response_head const& answer)
{
    if (!lists(answer, "Upgrade", "websocket") || !lists(answer, "Connection", "upgrade"))
        return "it switched to something else than a websocket";
    auto const accepts = values_of(answer, "Sec-WebSocket-Accept");
    if (accepts.size() != 1 || accepts.front() != accept_of(asked.find("Sec-WebSocket-Key").value_or("")))
        return "its Sec-WebSocket-Accept does not fit the key";
    if (!values_of(answer, "Sec-WebSocket-Extensions").empty()) return "it agreed to extensions that nobody offered";
    for (auto const chosen : values_of(answer, "Sec-WebSocket-Protocol"))
        if (!lists(asked, "Sec-WebSocket-Protocol", chosen)) return "it chose a subprotocol that nobody offered";
    return {};
}

std::string accept_of(std::string_view key)
{
    auto const text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr);
    std::array<unsigned char, 64> encoded{};
    int const length = EVP_EncodeBlock(encoded.data(), digest.data(), static_cast<int>(size));
    return {encoded.begin(), encoded.begin() + length};
}

} // namespace weir::gateway::websocket
