#pragma once

#include "storage/errors.hpp"
#include "storage/request_record.hpp"
#include "storage/uuid.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What PromptLayer's clients say of calls beside their scores and properties: when they track one, or afterwards. Kept
/// by the call's public id.
namespace weir::storage
{

class connection;

struct tracked_request {
    std::optional<uuid> prompt_version; ///< that was filled for the call
    std::optional<std::string> inputs;  ///< with these: a JSON object
    std::optional<std::string> function_name;
    std::optional<std::string> status; ///< SUCCESS, WARNING or ERROR
    std::optional<std::string> error_type, error_message;
    std::optional<std::string> span_id;
    bool is_starred = false;
};

/// What is known of a call; empty where nobody said anything.
result<tracked_request> find_tracked(connection& db, organization_id organization, uuid const& request);

/// Adds what is said to what is known of a call; what is not said stays as it is, and so does the star. A version of a
/// prompt is also named by the call's row, if there is one.
result<void> put_tracked(connection& db, organization_id organization, uuid const& request, tracked_request const& said,
                         std::int64_t now_us);

result<void> set_star(connection& db, organization_id organization, uuid const& request, bool is_starred,
                      std::int64_t now_us);

/// Gives a call tags; those that it has already are passed over.
result<void> add_request_tags(connection& db, organization_id organization, uuid const& request,
                              std::span<std::string const> tags, std::int64_t now_us);

/// How a version of a prompt is named. Without a version or a label it is the newest.
struct version_reference {
    std::optional<std::int64_t> prompt_number; ///< storage/numbers.hpp
    std::optional<std::string> prompt_name;    ///< asked where there is no number
    std::optional<std::int64_t> version;       ///< counts from 1 within the prompt
    std::optional<std::string> label;
};

/// errc::not_found when the organisation has no such prompt, or the prompt no such version.
result<uuid> find_referred_version(connection& db, organization_id organization, version_reference const& what);

/// Which versions of a prompt are meant.
enum class which_versions : std::uint8_t { newest, all, named };

/// Those of the prompt of that name; of `named` the ones that there are by any of these numbers, or that have any of
/// these labels. errc::not_found when there is no such prompt.
result<std::vector<uuid>> find_versions(connection& db, organization_id organization, std::string_view prompt_name,
                                        which_versions which, std::span<std::int64_t const> numbers,
                                        std::span<std::string const> labels);

/// A version as PromptLayer's clients know it.
struct numbered_version {
    std::int64_t id = 0, prompt_id = 0; ///< storage/numbers.hpp
    std::int64_t number = 0;
    std::string prompt_name;
};

/// Inside a transaction that may write: the numbers may be new.
result<numbered_version> number_version(connection& db, organization_id organization, uuid const& version);

/// A call that may have gone through the gateway, as its client saw it.
struct seen_call {
    std::string answer_id; ///< the provider's
    std::string model;     ///< that the answer names; empty: none
    std::int64_t started_us = 0, ended_us = 0;
};

/// The recorded call that a client saw: one that the gateway carried, whose answer has that id, and which nobody has
/// tracked yet. Clocks may differ by some seconds. Of several the nearest in time; errc::not_found when there is none
/// among the 256 that are nearest. The connection has weir's functions (storage/sql_functions.hpp).
result<uuid> find_relayed_call(connection& db, organization_id organization, seen_call const& what);

} // namespace weir::storage
