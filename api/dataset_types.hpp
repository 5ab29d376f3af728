#pragma once

#include "api/failure.hpp"
#include "api/services.hpp"
#include "storage/datasets.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/describe/class.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What the endpoints of both kinds of datasets share.
namespace weir::api
{

struct dataset_metadata {
    std::optional<std::string> promptVersionId;
    std::optional<std::vector<std::string>> inputRecordsIds;
};
BOOST_DESCRIBE_STRUCT(dataset_metadata, (), (promptVersionId, inputRecordsIds))

struct dataset_request {
    std::string datasetId;
};
BOOST_DESCRIBE_STRUCT(dataset_request, (), (datasetId))

struct dataset_changes {
    std::vector<std::string> addRequests, removeRequests;
};
BOOST_DESCRIBE_STRUCT(dataset_changes, (), (addRequests, removeRequests))

struct mutate_dataset_request {
    std::string datasetId;
    dataset_changes body;
};
BOOST_DESCRIBE_STRUCT(mutate_dataset_request, (), (datasetId, body))

struct made_dataset {
    std::string datasetId;
};
BOOST_DESCRIBE_STRUCT(made_dataset, (), (datasetId))

/// Ids that one call may name.
inline constexpr std::size_t most_dataset_ids = 10'000;

/// What is to be made of a name and metadata as they stood in a body.
result<storage::dataset_wish> read_dataset_wish(std::string const& name, std::string_view type,
                                                std::optional<dataset_metadata> const& meta);

/// The ids of a list, which stood at `path`; each has to be a UUID.
result<std::vector<storage::uuid>> read_ids(std::vector<std::string> const& texts, std::string_view path,
                                            std::size_t most = most_dataset_ids);

/// Makes a dataset of the inputs of these calls. A call without inputs adds nothing.
boost::asio::awaitable<result<made_dataset>> make_dataset_of_calls(storage::dataset_wish wish,
                                                                   std::vector<std::string> requests, services& with);

/// The error of a query; when there is no such thing, in these words.
failure or_missing(boost::system::error_code why, std::string_view missing);

inline constexpr std::string_view no_dataset = "Dataset not found", no_dataset_row = "Dataset row not found";

} // namespace weir::api
