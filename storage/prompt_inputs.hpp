#pragma once

#include "storage/errors.hpp"
#include "storage/request_record.hpp"
#include "storage/uuid.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// The inputs with which versions of prompts were called.
namespace weir::storage
{

class connection;

/// The inputs of one call.
struct prompt_input {
    uuid id, source_request;
    std::string inputs;      ///< a JSON object of texts
    std::string auto_inputs; ///< a JSON array
    std::int64_t created_us = 0;
    row_id source_row{};
    std::optional<bodies> content{}; ///< of the call; none: not kept, or no longer
};

/// Inputs, a JSON object, with images of the organisation's calls in the place of their tags, as those calls had them.
/// Nothing is left of an image that is not kept any more; tags beyond 16 MiB of images, or of more than 20 calls, stay.
result<std::string> inputs_with_images(connection& db, organization_id organization, std::string inputs);

struct input_query {
    bool at_random = false; ///< instead of the newest first
    std::int64_t most = 0;
    std::size_t most_bytes = 0; ///< of all that is found together
};

/// The inputs of a version that were taken from calls. errc::too_large when they, with the bodies of the calls, are
/// more than is asked for.
result<std::vector<prompt_input>> query_inputs(connection& db, organization_id organization, uuid const& version,
                                               input_query const& query);

/// The automatic inputs of a version that are newest, as a JSON array: an empty one when there are none.
result<std::string> newest_auto_inputs(connection& db, uuid const& version);

} // namespace weir::storage
