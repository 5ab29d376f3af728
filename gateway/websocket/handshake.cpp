#include "gateway/websocket/handshake.hpp"

#include "net/text.hpp"

#include <openssl/evp.h>

#include <array>
#include <optional>

namespace weir::gateway::websocket
{
namespace
{

using net::iequals;
using http_field = boost::beast::http::field;

/// The value of the only field of that name; none if there are several.
std::optional<std::string_view> only_value(net::message_head const& head, http_field id)
{
    std::optional<std::string_view> found;
    for (auto const& f : head.fields) {
        if (f.id != id) continue;
        if (found) return std::nullopt;
        found = f.value;
    }
    return found;
}

/// Calls `use` with each element that the fields of that name list.
template <class Use>
void for_each_listed(net::message_head const& head, http_field id, Use use)
{
    for (auto const& f : head.fields)
        if (f.id == id) net::for_each_element(f.value, use);
}

/// Whether one of the fields of that name lists `element`, in any case.
bool lists(net::message_head const& head, http_field id, std::string_view element)
{
    bool found = false;
    for_each_listed(head, id, [&](std::string_view one) { found |= iequals(one, element); });
    return found;
}

bool offers_protocol(net::request_head const& asked, std::string_view protocol)
{
    bool found = false;
    for_each_listed(asked, http_field::sec_websocket_protocol, [&](std::string_view one) { found |= one == protocol; });
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
    return head.method == "GET" && head.version == 11 && lists(head, http_field::upgrade, "websocket") &&
           lists(head, http_field::connection, "upgrade");
}

refusal why_not(net::request_head const& head)
{
    if (head.chunked || head.content_length.value_or(0) > 0)
        return {errc::malformed_request, "a request for a websocket has no body"};
    if (only_value(head, http_field::sec_websocket_version) != "13")
        return {errc::unsupported_websocket, "only websockets of version 13 are spoken"};
    if (auto const key = only_value(head, http_field::sec_websocket_key); !key || !is_key(*key))
        return {errc::malformed_request, "Sec-WebSocket-Key must be 16 bytes in base64"};
    return {};
}

std::string wrong_with(net::request_head const& asked, net::response_head const& answer)
{
    if (!lists(answer, http_field::upgrade, "websocket") || !lists(answer, http_field::connection, "upgrade"))
        return "it switched to something else than a websocket";
    auto const key = only_value(asked, http_field::sec_websocket_key).value_or("");
    if (only_value(answer, http_field::sec_websocket_accept) != accept_of(key))
        return "its Sec-WebSocket-Accept does not fit the key";
    if (answer.find(http_field::sec_websocket_extensions)) return "it agreed to extensions that nobody offered";
    for (auto const& f : answer.fields)
        if (f.id == http_field::sec_websocket_protocol && !offers_protocol(asked, f.value))
            return "it chose a subprotocol that nobody offered";
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
