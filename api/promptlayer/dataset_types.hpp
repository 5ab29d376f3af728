#pragma once

#include "api/promptlayer/dataset_rows.hpp"
#include "api/promptlayer/values.hpp"
#include "api/services.hpp"
#include "storage/dataset_versions.hpp"

#include <boost/asio/awaitable.hpp>

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

inline constexpr std::size_t longest_dataset_name = 512;

/// What is wrong with a name: empty, too long, or with a NUL.
std::optional<failure> problem_with_name(std::string_view field, std::string_view name);

/// The calls that a flat filter means; 404 when it names a template that is not there.
boost::asio::awaitable<result<std::vector<storage::history_row>>> calls_of(flat_choice choice, services& with);
/// Those that a search means.
boost::asio::awaitable<result<std::vector<storage::history_row>>> calls_of(storage::call_search search, services& with);

/// Why a group cannot be changed: 404.
failure no_such_group();

} // namespace weir::api::promptlayer
