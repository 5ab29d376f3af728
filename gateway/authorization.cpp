#include "gateway/authorization.hpp"

#include "gateway/call_headers.hpp"
#include "net/text.hpp"
#include "storage/provider_keys.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace weir::gateway
{
namespace
{

/// What of a request's head has to do with keys.
struct credentials {
    std::string_view own_header;           ///< Helicone-Auth
    std::string_view beside_providers;     ///< the gateway's part of a field that also has the provider's credential
    std::string in_url;                    ///< a segment of the path, or a parameter
    std::string_view instead_of_providers; ///< alone in a field for the provider's credential
    std::string proxy;                     ///< a proxy key, wherever it stands for the provider's credential
    bool in_authorization = false;         ///< the field of either is Authorization
    bool in_query = false;                 ///< in_url is a parameter, as Google's own key may be
    bool repeats_header = false;           ///< Helicone-Auth stands there twice
    bool has_provider_credential = false;
};

/// "k" of "Bearer k", or of "k".
std::string_view without_scheme(std::string_view value)
{
    value = net::trimmed(value);
    if (net::istarts_with(value, "Bearer ")) value.remove_prefix(7);
    return net::trimmed(value);
}

/// Takes `part` for the proxy key of the call, if it is one.
bool read_proxy_key(std::string_view part, credentials& to)
{
    auto const key = without_scheme(part);
    if (!storage::has_proxy_key_form(key)) return false;
    if (to.proxy.empty()) to.proxy = key;
    return true;
}

/// Reads a field in which providers look for a credential.
void read_credential(std::string_view value, credentials& to)
{
    std::string_view own;
    bool has_theirs = false, has_proxy = false;
    net::for_each_element(value, [&](std::string_view part) {
        if (!mentions_gateway_key(part))
            has_theirs = true;
        else if (read_proxy_key(part, to))
            has_proxy = true;
        else if (own.empty())
            own = part;
    });
    to.has_provider_credential |= has_theirs;
    auto& place = has_theirs || has_proxy ? to.beside_providers : to.instead_of_providers;
    if (place.empty()) place = own;
}

/// Reads the subprotocols of a websocket's handshake.
void read_protocols(std::string_view value, credentials& to)
{
    net::for_each_element(value, [&](std::string_view one) {
        auto const key = key_in_protocol(one);
        if (key.empty()) return;
        if (!mentions_gateway_key(key))
            to.has_provider_credential = true;
        else if (!read_proxy_key(key, to) && to.instead_of_providers.empty())
            to.instead_of_providers = key;
    });
}

std::string_view query_of(std::string_view target)
{
    return target.substr(std::min(target.find('?'), target.size() - 1) + 1);
}

/// Whether a query has a `key`, where Google's API takes one.
bool has_key_parameter(std::string_view query)
{
    while (!query.empty()) {
        auto const end = std::min(query.find_first_of("&;"), query.size());
        auto const parameter = net::percent_decoded(query.substr(0, end));
        if (parameter.starts_with("key=") && parameter.size() > 4) return true;
        query.remove_prefix(std::min(end + 1, query.size()));
    }
    return false;
}

credentials read_credentials(net::request_head const& head)
{
    credentials found;
    for (auto const& f : head.fields) {
        if (net::iequals(f.name, "Helicone-Auth")) {
            found.repeats_header = !found.own_header.empty();
            found.own_header = f.value;
        } else if (is_credential(f.name)) {
            bool const first = found.instead_of_providers.empty() && found.proxy.empty();
            read_credential(f.value, found);
            bool const is_found = !found.instead_of_providers.empty() || !found.proxy.empty();
            if (first && is_found) found.in_authorization = f.id == boost::beast::http::field::authorization;
        } else if (f.id == boost::beast::http::field::sec_websocket_protocol) {
            read_protocols(f.value, found);
        }
    }
    auto const target = without_gateway_key(head.target, found.in_url);
    if (read_proxy_key(found.in_url, found)) found.in_url.clear();
    found.in_query = mentions_gateway_key(net::percent_decoded(query_of(head.target)));
    found.has_provider_credential |= has_key_parameter(query_of(target));
    return found;
}

refusal invalid(std::string_view why) { return {errc::invalid_gateway_key, std::string(why)}; }

/// Reads the call's gateway key and finds whose it is.
refusal identify(credentials const& found, storage::key_ring::reader& keys, caller& who)
{
    if (found.repeats_header) return {errc::conflicting_auth, "Helicone-Auth stands in the request twice"};
    if (!found.own_header.empty() && !found.beside_providers.empty())
        return {errc::conflicting_auth,
                "the request has a gateway key in Helicone-Auth and another beside the provider's: send one"};
    std::string_view presented = found.instead_of_providers;
    for (auto const& better : {std::string_view(found.in_url), found.beside_providers, found.own_header})
        if (!better.empty()) presented = better;
    if (presented.empty() && !found.proxy.empty()) return {}; // which is all that the call has

    auto const key = without_scheme(presented);
    if (storage::has_proxy_key_form(key))
        return invalid("a proxy key stands in the place of the provider's key, not in Helicone-Auth");
    if (!storage::has_key_form(key))
        return invalid("what stands for a gateway key has not the form of one, sk-helicone-…: leave Helicone-Auth out "
                       "where no key is needed, or make one with weir keys create");
    auto const known = keys.find(key);
    if (!known)
        return invalid("the gateway key is not known here, or was revoked: make one with weir keys create, or leave "
                       "it out where no key is needed");
    if (!storage::may_write(known->permissions))
        return invalid("the gateway key may only read the record: calls need one with the permission w");
    who.organization = known->organization;
    who.api_key_id = known->id;
    return {};
}

/// Finds what the call's proxy key stands for.
refusal borrow(credentials const& found, storage::key_ring::reader& keys, caller& who)
{
    if (found.has_provider_credential)
        return {errc::conflicting_auth, "the request has a proxy key and a credential of the provider's: send one"};
    auto known = keys.find(found.proxy);
    if (!known || !known->lends || (who.api_key_id && who.organization != known->organization))
        return {errc::unknown_proxy_key,
                "the proxy key is not known here, or the provider key that it stood for is no more: make one with POST "
                "/v1/api-keys/proxy-key"};
    who.organization = known->organization;
    who.lent = std::move(known->lends);
    return {};
}

} // namespace

refusal authorize(net::request_head const& head, storage::key_ring::reader& keys, bool required, caller& who)
{
    // Most calls of an open gateway have no key: that is seen in one pass, without copies.
    bool const in_head = mentions_gateway_key(head.raw);
    bool const in_escapes =
        head.target.find('%') != head.target.npos && mentions_gateway_key(net::percent_decoded(head.target));
    if (!in_head && !in_escapes && !head.find("Helicone-Auth")) {
        if (!required) return {};
        return invalid("a gateway key is required: send it as Helicone-Auth: Bearer sk-helicone-…");
    }

    auto const found = read_credentials(head);
    if (auto const why = identify(found, keys, who)) return why;
    if (!found.proxy.empty())
        if (auto const why = borrow(found, keys, who)) return why;

    who.key_in_fields = in_head;
    who.has_provider_credential = found.has_provider_credential;
    who.key_for_provider = !found.instead_of_providers.empty() || found.in_query;
    who.key_in_authorization = found.in_authorization;
    return {};
}

} // namespace weir::gateway
