#pragma once

#include "gateway/errc.hpp"
#include "net/http_message.hpp"
#include "storage/uuid.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::gateway
{

/// What is done with the tags in a request that names a prompt (Helicone-Prompt-Mode).
enum class prompt_mode : unsigned char {
    deactivated, ///< nothing: they pass
    testing,     ///< they are taken out
    production,  ///< and versions and inputs are kept
    unknown,     ///< the header says something else
};

/// What of a request's headers decides how weir carries the call.
struct relay_headers {
    std::optional<storage::uuid> request_id;
    prompt_mode prompts = prompt_mode::deactivated;
    bool wants_stream_usage = false; ///< Helicone-Stream-Usage: the client asks for the extra event
    bool increase_timeout = false;
};
relay_headers read_relay_headers(net::message_head const& head);

/// What a request's headers tell the record. Texts are clean UTF-8.
struct call_headers {
    std::string user_id;
    std::vector<std::pair<std::string, std::string>> properties;
    std::string session_id, session_name, session_path;
    std::string prompt_id, prompt_version, prompt_mode;
    std::vector<std::pair<std::string, std::string>> prompt_inputs; ///< Helicone-Prompt-Input-KEY
    std::string model_override;
    bool omit_request = false, omit_response = false;
    std::optional<int> retry_count; ///< the SDK's own (x-stainless-retry-count)
    std::string credential;         ///< what the provider is to recognise the caller by: a secret, for its hash only
};

call_headers read_call_headers(net::message_head const& head);

/// Whether a request's field goes on to the provider. `connection`: as `connection_options` gives it; the names in it
/// are hop-by-hop too. Framing, Host and Accept-Encoding are the relay's own business.
bool is_forwarded(net::field const& field, std::string_view connection);

/// Whether a provider's response field goes on to the client.
bool is_returned(net::field const& field, std::string_view connection);

/// What a head's Connection fields name beside "close" and "keep-alive", as one list: mostly nothing.
std::string connection_options(net::message_head const& head);

/// Whether a gateway key, or what looks like one, stands somewhere in `text`. Only weir's keys look like that: a
/// provider may well have keys of Helicone's older forms, without "-helicone".
bool mentions_gateway_key(std::string_view text);

/// Whether a request's field is one in which providers look for the caller's credential.
bool is_credential(std::string_view name);

/// The key in one of a websocket's subprotocols, where browsers put it, who cannot set headers; else empty.
std::string_view key_in_protocol(std::string_view protocol);

/// A field's value as the provider may see it: without the elements of a list in which a gateway key stands.
/// "Bearer a, Bearer sk-helicone-b" is "Bearer a"; empty when nothing is left.
std::string provider_value(std::string_view value);

/// Whether the next function may find something: most URLs need not be copied.
bool may_have_gateway_key(std::string_view target);

/// A path and query without the segments and parameters in which a gateway key stands, for clients that cannot set
/// headers; `key` gets the first one, decoded.
std::string without_gateway_key(std::string_view target, std::string& key);

/// A part of a URL as it may be recorded: what looks like a key is replaced.
std::string redacted(std::string_view part);

/// A path and query as they may be recorded: the values of secret parameters (`key`, signatures, tokens) and what looks
/// like a key are replaced.
std::string redacted_target(std::string_view target);

} // namespace weir::gateway
