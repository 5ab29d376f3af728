#include "api/endpoints.hpp"
#include "api/promptlayer/dataset_types.hpp"
#include "api/write_json.hpp"
#include "storage/connection.hpp"

#include <utility>

namespace asio = boost::asio;

namespace weir::api::promptlayer
{

struct history_dataset_body : flat_filter_params {
    std::string name;
    std::int64_t workspace_id = 0;
};
BOOST_DESCRIBE_STRUCT(history_dataset_body, (flat_filter_params), (name, workspace_id))

struct history_dataset_request {
    history_dataset_body body;
};
BOOST_DESCRIBE_STRUCT(history_dataset_request, (), (body))

struct history_dataset_answer {
    bool success = true;
    std::string message;
    std::int64_t dataset_id = 0;
};
BOOST_DESCRIBE_STRUCT(history_dataset_answer, (), (success, message, dataset_id))

namespace
{

struct made_dataset {
    std::int64_t id = 0;
    std::size_t rows = 0;
};

/// A group of its own with one version, published at once: others may have its name.
storage::result<made_dataset> make(storage::connection& db, storage::organization_id whose, std::string const& name,
                                   std::string const& filter, std::vector<storage::history_row> const& calls,
                                   std::int64_t now)
{
    auto const group = storage::create_dataset_group(db, whose, name, {}, now);
    if (!group) return group.error();
    auto const draft = storage::draft_of(db, whose, group->id, now);
    if (!draft) return draft.error();
    if (auto const done = storage::clear_draft(db, draft->id, filter); !done) return done.error();
    auto const rows = rows_of_calls(db, whose, calls);
    if (!rows) return rows.error();
    if (auto const done = storage::add_dataset_version_rows(db, whose, draft->id, *rows, now); !done)
        return done.error();
    if (auto const done = storage::publish_draft(db, draft->id, now); !done) return done.error();
    return made_dataset{draft->id, rows->size()};
}

asio::awaitable<result<bare<history_dataset_answer>>> dataset_from_history(history_dataset_request asked,
                                                                           services& with)
{
    auto const& body = asked.body;
    if (auto const bad = problem_with_name("name", body.name)) co_return *bad;
    if (auto const bad = problem_with_workspace(body.workspace_id)) co_return *bad;
    auto choice = read_flat_filter(body);
    if (!choice) co_return choice.error();
    auto calls = co_await calls_of(std::move(*choice), with);
    if (!calls) co_return calls.error();
    auto filter = to_json(static_cast<flat_filter_params const&>(body));
    auto const write = [whose = with.organization, name = body.name, filter = std::move(filter),
                        calls = std::move(*calls), now = with.now_us()](storage::connection& db) {
        return make(db, whose, name, filter, calls, now);
    };
    auto const made = co_await with.store.write(write);
    if (!made) co_return made.error();
    history_dataset_answer answer;
    answer.message = "Dataset created with " + std::to_string(made->rows) + (made->rows == 1 ? " row" : " rows");
    answer.dataset_id = made->id;
    co_return bare<history_dataset_answer>{std::move(answer)};
}

constexpr endpoint history_dataset_entries[] = {
    changes(post<dataset_from_history>("/dataset-from-filter-params", "CreateDatasetFromFilterParams",
                                       "Makes a dataset of recorded calls that pass a filter")),
};
static_assert(each_is_unique(history_dataset_entries));

} // namespace
} // namespace weir::api::promptlayer

namespace weir::api
{

constinit group const promptlayer_history_dataset_endpoints{
    "PromptLayer datasets", promptlayer::history_dataset_entries, false, dialect::promptlayer};

} // namespace weir::api
