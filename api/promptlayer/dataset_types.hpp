#pragma once

#include "api/promptlayer/dataset_rows.hpp"
#include "api/promptlayer/values.hpp"
#include "api/services.hpp"
#include "storage/dataset_versions.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// Datasets as PromptLayer's bodies show them, and what several endpoints do with them.
namespace weir::api::promptlayer
{

struct external_id_form {
    std::string source, external_id;
};
BOOST_DESCRIBE_STRUCT(external_id_form, (), (source, external_id))

struct dataset_group_form {
    std::int64_t id = 0;
    std::string name;
    std::int64_t workspace_id = own_workspace;
    bool is_deleted = false;
};
BOOST_DESCRIBE_STRUCT(dataset_group_form, (), (id, name, workspace_id, is_deleted))

struct dataset_form {
    std::int64_t id = 0, dataset_group_id = 0, version_number = storage::draft_number;
    std::vector<std::string> column_names;
    std::optional<raw_json> filter_params;
    bool is_deleted = false;
    nullable<std::int64_t> user_id; ///< null: weir has no users
    std::string created_at, updated_at;
    dataset_group_form dataset_group;
    std::vector<external_id_form> external_ids;
};
BOOST_DESCRIBE_STRUCT(dataset_form, (),
                      (id, dataset_group_id, version_number, column_names, filter_params, is_deleted, user_id,
                       created_at, updated_at, dataset_group, external_ids))

dataset_group_form form_of(storage::dataset_group const& group);
dataset_form form_of(storage::dataset_version const& version);
std::vector<external_id_form> forms_of(std::vector<storage::external_name> const& ids);

/// What is wrong with one of them is 422.
result<std::vector<storage::external_name>> read_external_ids(std::vector<external_id_form> const& given);

inline constexpr std::size_t longest_dataset_name = 512;

/// What is wrong with a name: empty, too long, or with a NUL.
std::optional<failure> problem_with_name(std::string_view field, std::string_view name);

/// The calls that a flat filter means; 404 when it names a template that is not there.
boost::asio::awaitable<result<std::vector<storage::history_row>>> calls_of(flat_choice choice, services& with);
/// Those that a search means.
boost::asio::awaitable<result<std::vector<storage::history_row>>> calls_of(storage::call_search search, services& with);
/// Those that clients know by these numbers, in their order.
boost::asio::awaitable<result<std::vector<storage::history_row>>> calls_of(std::vector<std::int64_t> numbers,
                                                                           services& with);

/// Which calls a version of a dataset is made of: by their numbers, else by a filter group and the flat form.
struct dataset_filter_params : flat_filter_params {
    std::optional<std::vector<std::int64_t>> request_log_ids;
    std::optional<boost::json::value> filter_group;
};
BOOST_DESCRIBE_STRUCT(dataset_filter_params, (flat_filter_params), (request_log_ids, filter_group))
boost::asio::awaitable<result<std::vector<storage::history_row>>> calls_of(dataset_filter_params body, services& with);

/// Fills a group's draft anew and publishes it. Returns the version's id.
storage::result<std::int64_t> publish_rows(storage::connection& db, storage::organization_id whose, std::int64_t group,
                                           std::optional<std::string> const& filter,
                                           std::vector<storage::dataset_version_row> const& rows, std::int64_t now);

/// Why a group cannot be changed: 404.
failure no_such_group();

} // namespace weir::api::promptlayer
