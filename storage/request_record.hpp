#pragma once

#include "pricing/cost.hpp"
#include "pricing/usage.hpp"
#include "storage/ids.hpp"
#include "storage/uuid.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weir::storage
{

struct prompt_capture;

enum class organization_id : std::int64_t {};

/// What a call without a key belongs to.
inline constexpr organization_id default_organization{1};

/// Statuses beside HTTP's.
namespace status
{
inline constexpr int timeout = -1;
inline constexpr int pending = -2; ///< only a realtime session in progress, or one whose end was lost
inline constexpr int cancelled = -3;
inline constexpr int threat = -4;
inline constexpr int unknown = -100;
} // namespace status

/// One call as it stands in the record, without its bodies. Every text is clean UTF-8 without NUL and free of secrets.
/// An empty text or optional is NULL in the store: not known, or not so.
struct request_record {
    row_id id{};
    bool id_may_be_taken = false; ///< of a call that was logged: another row may have its id, and it another one then
    uuid request_id;              ///< what the client got as `helicone-id`
    bool client_chose_id = false; ///< by `Helicone-Request-Id`
    organization_id organization = default_organization;
    std::optional<std::int64_t> api_key_id;

    std::int64_t created_us = 0;                        ///< the request's head was complete; µs since 1970 UTC
    std::int64_t ended_us = 0;                          ///< the last byte of the response, or the failure
    std::optional<std::int64_t> time_to_first_byte_us;  ///< to the first body byte from the provider
    std::optional<std::int64_t> time_to_first_token_us; ///< streams: to the first event with content
    std::int64_t overhead_us = 0;                       ///< what weir itself added before the response's first byte

    std::string method;
    std::string provider;   ///< weir's provider id
    std::string path;       ///< as received, `key=` redacted
    std::string target_url; ///< where it went, `key=` redacted
    std::string model;      ///< the effective one: override, else the response's, else the request's
    std::string request_model, response_model, model_override;

    int status = status::unknown; ///< the HTTP status, or one of namespace status
    bool is_stream = false;
    std::string finish_reason;
    std::string error_type, error_message;
    std::string stream_error;   ///< why a body that had begun did not come to its end
    bool usage_missing = false; ///< a successful answer of a kind that has usage, without any
    std::string warning;        ///< something about the call that its author should know

    std::string user_id;
    std::vector<std::pair<std::string, std::string>> properties; ///< in the order received; names differ
    std::string session_id, session_name, session_path;
    std::string prompt_id, prompt_version;
    std::shared_ptr<prompt_capture const> prompt; ///< none: nothing to keep of the prompt
    std::optional<int> retry_count;               ///< the SDK's own count of earlier tries (x-stainless-retry-count)
    std::string provider_auth_hash;               ///< keyed hash of the provider credential, hex

    pricing::usage used;
    pricing::cost cost;
    std::string cost_flags; ///< comma-separated: approximate
    std::string price_table_version;

    std::int64_t request_bytes = 0, response_bytes = 0;              ///< true lengths of the bodies on the wire
    std::optional<std::int64_t> request_messages, response_messages; ///< of a websocket: text and binary ones
    bool request_truncated = false, response_truncated = false;
    std::int64_t asset_count = 0; ///< images in the bodies; storage/assets.hpp
    std::string body_missing;     ///< why there is no body although there was one: "memory"; else empty
    bool has_body = false;
    bool was_pending = false; ///< a row of the same id with status::pending may be there, whose place this one takes
};

/// The bodies of a call: text as the client sent it and as the provider answered, streams assembled. What is not text
/// is described by JSON instead (docs/record.md).
struct bodies {
    std::string request;
    std::string response;
    std::string raw_stream; ///< the stream's events as they came, when `storage.raw_streams` asks for it
};

} // namespace weir::storage
