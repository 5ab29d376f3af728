#pragma once

#include "storage/errors.hpp"
#include "storage/request_record.hpp"
#include "storage/requests.hpp"
#include "storage/uuid.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

/// An experiment of either kind as what its hypotheses, or its prompt versions, made of the same rows.
namespace weir::storage
{

class connection;

/// An answer to one row: the newest, where it was asked for again.
struct compared_output {
    uuid request;
    std::optional<std::int64_t> cost_nanos, latency_us; ///< none: not known, or the call is gone
    std::vector<score> scores;
};

/// A hypothesis, or a prompt version.
struct compared_variant {
    uuid id, prompt_version;
    std::string model;                              ///< may be empty
    std::string label;                              ///< of the prompt version; may be empty
    std::int64_t failed = 0;                        ///< runs
    std::map<std::string, compared_output> outputs; ///< by what stands for the row
};

/// All outputs of an experiment together are at most so many.
inline constexpr std::size_t most_compared_outputs = 50'000;

/// The variants, the first hypothesis or the original version first. errc::not_found when the organisation has no such
/// experiment, errc::too_large when it has too many outputs.
result<std::vector<compared_variant>> compared_variants(connection& db, organization_id organization,
                                                        uuid const& experiment);

} // namespace weir::storage
