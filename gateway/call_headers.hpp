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

/// What of a request's headers decides how weir carries the call.
struct relay_headers {
    std::optional<storage::uuid> request_id;
    bool wants_stream_usage = false; ///< Helicone-Stream-Usage: the client asks for the extra event
    bool increase_timeout = false;
};
relay_headers read_relay_headers(net::message_head const& head);

/// What a request's headers tell the record. Texts are clean UTF-8.
struct call_headers {
    std::string user_id;
    std::vector<std::pair<std::string, std::string>> properties;
    std::string session_id, session_name, session_path;
    std::string prompt_id, prompt_version;
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

/// An Authorization value without the gateway's own key in it: "Bearer a, Bearer sk-helicone-b" is "Bearer a". Empty
/// when nothing is left for the provider.
std::string provider_authorization(std::string_view value);

/// A part of a URL as it may be recorded: what looks like a key is replaced.
std::string redacted(std::string_view part);

/// A path and query as they may be recorded: the values of secret parameters (`key`, signatures, tokens) and what looks
/// like a key are replaced.
std::string redacted_target(std::string_view target);

} // namespace weir::gateway
