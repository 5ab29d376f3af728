#include "api/endpoints.hpp"
#include "api/promptlayer/cells.hpp"
#include "api/promptlayer/change_times.hpp"
#include "api/promptlayer/dataset_types.hpp"
#include "api/promptlayer/paging.hpp"
#include "storage/connection.hpp"

#include <utility>

namespace asio = boost::asio;

namespace weir::api::promptlayer
{

struct create_dataset_group_body {
    std::string name;
    std::optional<std::int64_t> workspace_id;
    std::optional<std::vector<external_id_form>> external_ids;
};
BOOST_DESCRIBE_STRUCT(create_dataset_group_body, (), (name, workspace_id, external_ids))

struct create_dataset_group_request {
    create_dataset_group_body body;
};
BOOST_DESCRIBE_STRUCT(create_dataset_group_request, (), (body))

struct create_dataset_group_answer {
    bool success = true;
    std::string message;
    dataset_group_form dataset_group;
    dataset_form dataset;
    std::vector<external_id_form> external_ids;
};
BOOST_DESCRIBE_STRUCT(create_dataset_group_answer, (), (success, message, dataset_group, dataset, external_ids))

enum class dataset_status { active, deleted, all };
BOOST_DESCRIBE_ENUM(dataset_status, active, deleted, all)

enum class dataset_sort { id, name, created_at, updated_at, version_number };
BOOST_DESCRIBE_ENUM(dataset_sort, id, name, created_at, updated_at, version_number)

struct list_dataset_versions_request {
    std::optional<std::int64_t> dataset_group_id, dataset_id, report_id, workspace_id;
    std::optional<std::int64_t> prompt_id, prompt_version_id, prompt_label_id; ///< refused
    std::optional<std::string> name;
    std::optional<dataset_status> status;
    std::optional<std::string> created_after, created_before, updated_after, updated_before;
    std::optional<std::string> external_source, external_id;
    std::optional<dataset_sort> sort_by;
    std::optional<sort_way> sort_order;
    std::optional<std::int64_t> page, per_page;
};
BOOST_DESCRIBE_STRUCT(list_dataset_versions_request, (),
                      (dataset_group_id, dataset_id, report_id, workspace_id, prompt_id, prompt_version_id,
                       prompt_label_id, name, status, created_after, created_before, updated_after, updated_before,
                       external_source, external_id, sort_by, sort_order, page, per_page))

struct list_dataset_versions_answer {
    bool success = true;
    std::string message;
    std::vector<dataset_form> datasets;
    std::int64_t page = 1, per_page = 10, total = 0, pages = 0;
};
BOOST_DESCRIBE_STRUCT(list_dataset_versions_answer, (), (success, message, datasets, page, per_page, total, pages))

struct dataset_version_rows_request {
    std::int64_t dataset_id = 0;
    std::optional<std::string> q;
    std::optional<std::int64_t> page, per_page, workspace_id;
};
BOOST_DESCRIBE_STRUCT(dataset_version_rows_request, (), (dataset_id, q, page, per_page, workspace_id))

struct dataset_version_rows_answer {
    bool success = true;
    std::string message;
    std::vector<std::string> columns;
    raw_json rows; ///< arrays of `{"type":"dataset","value":…}`
    std::int64_t page = 1, per_page = 10, pages = 0, total = 0;
};
BOOST_DESCRIBE_STRUCT(dataset_version_rows_answer, (), (success, message, columns, rows, page, per_page, pages, total))

struct datasets_by_name_request {
    std::string dataset_name;
};
BOOST_DESCRIBE_STRUCT(datasets_by_name_request, (), (dataset_name))

namespace
{

constexpr std::int64_t most_datasets_per_page = 100;

/// A group with a draft; none when its name is taken.
storage::result<std::optional<storage::dataset_version>> make_group(storage::connection& db,
                                                                    storage::organization_id whose,
                                                                    std::string const& name,
                                                                    std::vector<storage::external_name> const& ids,
                                                                    std::int64_t now)
{
    auto const is_taken = storage::has_dataset_group(db, whose, name);
    if (!is_taken) return is_taken.error();
    if (*is_taken) return std::optional<storage::dataset_version>();
    auto const group = storage::create_dataset_group(db, whose, name, ids, now);
    if (!group) return group.error();
    auto draft = storage::draft_of(db, whose, group->id, now);
    if (!draft) return draft.error();
    return std::optional(std::move(*draft));
}

asio::awaitable<result<created<create_dataset_group_answer>>> create_dataset_group(create_dataset_group_request asked,
                                                                                   services& with)
{
    auto& body = asked.body;
    if (auto const bad = problem_with_name("name", body.name)) co_return *bad;
    if (auto const bad = problem_with_workspace(body.workspace_id)) co_return *bad;
    auto ids = read_external_ids(body.external_ids.value_or(std::vector<external_id_form>()));
    if (!ids) co_return ids.error();
    auto const write = [whose = with.organization, name = body.name, ids = std::move(*ids),
                        now = with.now_us()](storage::connection& db) { return make_group(db, whose, name, ids, now); };
    auto const made = co_await with.store.write(write);
    if (!made && made.error() == storage::errc::conflict)
        co_return conflict("external_ids: one of them is another dataset group's");
    if (!made) co_return made.error();
    if (!*made) co_return invalid("name: there is a dataset group of that name");
    create_dataset_group_answer answer;
    answer.message = "Dataset group created successfully";
    answer.dataset_group = form_of((*made)->group);
    answer.dataset = form_of(**made);
    answer.external_ids = forms_of((*made)->group.external_ids);
    co_return created<create_dataset_group_answer>{std::move(answer)};
}

storage::dataset_search search_of(list_dataset_versions_request const& asked)
{
    storage::dataset_search search;
    search.group = asked.dataset_group_id;
    search.id = asked.dataset_id;
    search.report = asked.report_id;
    search.name_part = asked.name.value_or("");
    auto const status = asked.status.value_or(dataset_status::active);
    if (status != dataset_status::all) search.is_deleted = status == dataset_status::deleted;
    if (asked.external_source) search.external = storage::external_name{*asked.external_source, *asked.external_id};
    search.by = static_cast<storage::dataset_order>(asked.sort_by.value_or(dataset_sort::id));
    search.ascending = asked.sort_order == sort_way::asc;
    return search;
}

struct found_datasets {
    std::vector<storage::dataset_version> versions;
    std::int64_t total = 0;
};

asio::awaitable<result<bare<list_dataset_versions_answer>>> list_datasets(list_dataset_versions_request asked,
                                                                          services& with)
{
    if (auto const bad = problem_with_workspace(asked.workspace_id)) co_return *bad;
    if (asked.external_source.has_value() != asked.external_id.has_value())
        co_return unprocessable("external_id: is for use with external_source", "query");
    auto const page = read_page(asked.page, asked.per_page, most_datasets_per_page, "query");
    if (!page) co_return page.error();
    if (asked.prompt_id || asked.prompt_version_id || asked.prompt_label_id)
        co_return unprocessable("datasets cannot be listed by prompt: leave out prompt_id, prompt_version_id and "
                                "prompt_label_id",
                                "query");
    auto const when = read_change_times(asked);
    if (!when) co_return when.error();
    auto search = search_of(asked);
    search.when = *when;
    search.limit = page->per_page;
    search.offset = page->offset();
    auto const query = [whose = with.organization, search](storage::connection& db) -> storage::result<found_datasets> {
        auto const total = storage::count_dataset_versions(db, whose, search);
        if (!total) return total.error();
        auto versions = storage::search_dataset_versions(db, whose, search);
        if (!versions) return versions.error();
        return found_datasets{std::move(*versions), *total};
    };
    auto const found = co_await with.store.read(query);
    if (!found) co_return found.error();
    list_dataset_versions_answer answer;
    answer.message = "Datasets retrieved successfully";
    for (auto const& version : found->versions) answer.datasets.push_back(form_of(version));
    put_page(*page, found->total, answer);
    co_return bare<list_dataset_versions_answer>{std::move(answer)};
}

struct found_dataset_rows {
    storage::dataset_version version;
    std::vector<std::string> rows;
    std::int64_t total = 0;
};

storage::result<found_dataset_rows> find_rows(storage::connection& db, storage::organization_id whose,
                                              std::int64_t dataset, std::string const& part, page_of const& page)
{
    auto version = storage::find_dataset_version(db, whose, dataset);
    if (!version) return version.error();
    auto const total = storage::count_dataset_version_rows(db, dataset, part);
    if (!total) return total.error();
    auto rows = storage::list_dataset_version_rows(db, dataset, part, page.per_page, page.offset());
    if (!rows) return rows.error();
    return found_dataset_rows{std::move(*version), std::move(*rows), *total};
}

asio::awaitable<result<bare<dataset_version_rows_answer>>> dataset_rows(dataset_version_rows_request asked,
                                                                        services& with)
{
    constexpr std::size_t longest_part = 1024;
    if (auto const bad = problem_with_workspace(asked.workspace_id)) co_return *bad;
    auto const part = asked.q.value_or("");
    if (auto const bad = problem_with_value("q", part, longest_part)) co_return *bad;
    auto const page = read_page(asked.page, asked.per_page, most_datasets_per_page, "query");
    if (!page) co_return page.error();
    auto const query = [whose = with.organization, dataset = asked.dataset_id, part,
                        page = *page](storage::connection& db) { return find_rows(db, whose, dataset, part, page); };
    auto const found = co_await with.store.read(query);
    if (!found && found.error() == storage::errc::not_found) co_return not_found("there is no such dataset");
    if (!found) co_return found.error();
    dataset_version_rows_answer answer;
    answer.message = "Dataset rows retrieved successfully";
    answer.columns = found->version.columns;
    answer.rows.text = "[";
    for (auto const& row : found->rows) {
        if (answer.rows.text.size() > 1) answer.rows.text += ',';
        answer.rows.text += '[';
        append_dataset_cells(row, answer.columns.size(), answer.rows.text);
        answer.rows.text += ']';
    }
    answer.rows.text += ']';
    put_page(*page, found->total, answer);
    co_return bare<dataset_version_rows_answer>{std::move(answer)};
}

asio::awaitable<result<bare<done_answer>>> delete_datasets(datasets_by_name_request asked, services& with)
{
    auto const write = [whose = with.organization, name = asked.dataset_name, now = with.now_us()](
                           storage::connection& db) { return storage::delete_dataset_groups(db, whose, name, now); };
    auto const gone = co_await with.store.write(write);
    if (!gone) co_return gone.error();
    if (*gone == 0) co_return not_found("there is no dataset of that name");
    done_answer answer;
    answer.message = std::to_string(*gone) + (*gone == 1 ? " dataset deleted" : " datasets deleted");
    co_return bare<done_answer>{std::move(answer)};
}

constexpr endpoint dataset_entries[] = {
    changes(post<create_dataset_group>("/api/public/v2/dataset-groups", "CreateDatasetGroup",
                                       "Makes a group of the versions of a dataset, with an empty draft")),
    get<list_datasets>("/api/public/v2/datasets", "ListDatasetVersions", "Versions of datasets that pass a filter"),
    get<dataset_rows>("/api/public/v2/datasets/{dataset_id}/rows", "ListDatasetVersionRows",
                      "The rows of a version of a dataset"),
    delete_<delete_datasets>("/datasets/name/{dataset_name...}", "DeleteDatasetsByName",
                             "Deletes all datasets of a name"),
};
static_assert(each_is_unique(dataset_entries));

} // namespace
} // namespace weir::api::promptlayer

namespace weir::api
{

constinit group const promptlayer_dataset_endpoints{"PromptLayer datasets", promptlayer::dataset_entries, false,
                                                    dialect::promptlayer};

} // namespace weir::api
