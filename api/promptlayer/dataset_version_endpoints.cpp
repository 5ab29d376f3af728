#include "api/endpoints.hpp"
#include "api/promptlayer/dataset_types.hpp"
#include "api/write_json.hpp"
#include "storage/connection.hpp"
#include "storage/trace_rows.hpp"

#include <memory>
#include <optional>
#include <utility>

namespace asio = boost::asio;

namespace weir::api::promptlayer
{

struct version_from_filter_body : dataset_filter_params {
    std::int64_t dataset_group_id = 0;
};
BOOST_DESCRIBE_STRUCT(version_from_filter_body, (dataset_filter_params), (dataset_group_id))

struct version_from_filter_request {
    version_from_filter_body body;
};
BOOST_DESCRIBE_STRUCT(version_from_filter_request, (), (body))

struct version_from_filter_answer {
    bool success = true;
    std::string message;
    std::int64_t dataset_id = 0, dataset_group_id = 0, version_number = storage::draft_number;
};
BOOST_DESCRIBE_STRUCT(version_from_filter_answer, (), (success, message, dataset_id, dataset_group_id, version_number))

struct version_from_file_body {
    std::int64_t dataset_group_id = 0;
    std::string file_name, file_content_base64;
};
BOOST_DESCRIBE_STRUCT(version_from_file_body, (), (dataset_group_id, file_name, file_content_base64))

struct version_from_file_request {
    version_from_file_body body;
};
BOOST_DESCRIBE_STRUCT(version_from_file_request, (), (body))

struct version_from_file_answer {
    bool success = true;
    std::string message;
    std::int64_t dataset_id = 0;
};
BOOST_DESCRIBE_STRUCT(version_from_file_answer, (), (success, message, dataset_id))

struct create_draft_body {
    std::int64_t dataset_group_id = 0;
    std::optional<std::int64_t> source_dataset_id;
};
BOOST_DESCRIBE_STRUCT(create_draft_body, (), (dataset_group_id, source_dataset_id))

struct create_draft_request {
    create_draft_body body;
};
BOOST_DESCRIBE_STRUCT(create_draft_request, (), (body))

struct draft_answer {
    bool success = true;
    std::string message;
    std::int64_t draft_dataset_id = 0;
};
BOOST_DESCRIBE_STRUCT(draft_answer, (), (success, message, draft_dataset_id))

struct add_request_log_body {
    std::int64_t dataset_group_id = 0, request_log_id = 0;
};
BOOST_DESCRIBE_STRUCT(add_request_log_body, (), (dataset_group_id, request_log_id))

struct add_request_log_request {
    add_request_log_body body;
};
BOOST_DESCRIBE_STRUCT(add_request_log_request, (), (body))

struct save_draft_body {
    std::int64_t dataset_group_id = 0;
};
BOOST_DESCRIBE_STRUCT(save_draft_body, (), (dataset_group_id))

struct save_draft_request {
    save_draft_body body;
};
BOOST_DESCRIBE_STRUCT(save_draft_request, (), (body))

struct add_trace_body {
    std::int64_t dataset_group_id = 0;
    std::string trace_id;
};
BOOST_DESCRIBE_STRUCT(add_trace_body, (), (dataset_group_id, trace_id))

struct add_trace_request {
    add_trace_body body;
};
BOOST_DESCRIBE_STRUCT(add_trace_request, (), (body))

namespace
{

constexpr std::size_t longest_file_name = 255, longest_trace_id = 128;

/// What a write came to, or why it cannot be.
struct draft_outcome {
    std::int64_t draft = 0;
    std::optional<failure> why;
};

asio::awaitable<result<created<version_from_filter_answer>>> version_from_filter(version_from_filter_request asked,
                                                                                 services& with)
{
    auto const group = asked.body.dataset_group_id;
    auto filter = to_json(asked.body);
    dataset_filter_params choice = std::move(asked.body);
    auto calls = co_await calls_of(std::move(choice), with);
    if (!calls) co_return calls.error();
    auto const write = [whose = with.organization, group, filter = std::optional(std::move(filter)),
                        calls = std::move(*calls),
                        now = with.now_us()](storage::connection& db) -> storage::result<std::int64_t> {
        auto const rows = rows_of_calls(db, whose, calls);
        if (!rows) return rows.error();
        return publish_rows(db, whose, group, filter, *rows, now);
    };
    auto const made = co_await with.store.write(write);
    if (!made && made.error() == storage::errc::not_found) co_return no_such_group();
    if (!made) co_return made.error();
    version_from_filter_answer answer;
    answer.message = "Dataset version created";
    answer.dataset_id = *made;
    answer.dataset_group_id = group;
    co_return created<version_from_filter_answer>{std::move(answer)};
}

result<std::vector<storage::dataset_version_row>> rows_of_file(version_from_file_body const& body)
{
    if (auto bad = problem_with_value("file_name", body.file_name, longest_file_name)) return *bad;
    bool const is_csv = body.file_name.ends_with(".csv"), is_json = body.file_name.ends_with(".json");
    if (!is_csv && !is_json) return invalid("file_name: must end in .csv or .json");
    auto const text = decoded_base64(body.file_content_base64);
    if (!text) return invalid("file_content_base64: is not base64");
    return is_csv ? rows_of_csv(*text) : rows_of_json(*text);
}

asio::awaitable<result<created<version_from_file_answer>>> version_from_file(version_from_file_request asked,
                                                                             services& with)
{
    auto rows = rows_of_file(asked.body);
    if (!rows) co_return rows.error();
    auto const write = [whose = with.organization, group = asked.body.dataset_group_id, rows = std::move(*rows),
                        now = with.now_us()](storage::connection& db) {
        return publish_rows(db, whose, group, std::nullopt, rows, now);
    };
    auto const made = co_await with.store.write(write);
    if (!made && made.error() == storage::errc::not_found) co_return no_such_group();
    if (!made) co_return made.error();
    version_from_file_answer answer;
    answer.message = "Dataset version created";
    answer.dataset_id = *made;
    co_return created<version_from_file_answer>{std::move(answer)};
}

storage::result<draft_outcome> make_draft(storage::connection& db, storage::organization_id whose,
                                          create_draft_body const& wish, std::int64_t now)
{
    auto const known = storage::find_draft(db, whose, wish.dataset_group_id);
    if (known) return draft_outcome{0, conflict("the dataset group has a draft already")};
    if (known.error() != storage::errc::not_found) return known.error();
    auto const draft = storage::draft_of(db, whose, wish.dataset_group_id, now);
    if (!draft) return draft.error();
    if (!wish.source_dataset_id) return draft_outcome{draft->id, {}};
    auto const copied = storage::copy_dataset_version(db, whose, *wish.source_dataset_id, draft->id, now);
    if (!copied && copied.error() == storage::errc::not_found)
        return draft_outcome{0, not_found("source_dataset_id: there is no such dataset")};
    if (!copied) return copied.error();
    return draft_outcome{draft->id, {}};
}

asio::awaitable<result<sent_with_one_of<draft_answer, 201, 202>>> create_draft(create_draft_request asked,
                                                                               services& with)
{
    // A failure is told beside an error, which undoes the write.
    auto const why = std::make_shared<std::optional<failure>>();
    auto const write = [whose = with.organization, wish = asked.body, now = with.now_us(),
                        why](storage::connection& db) -> storage::result<std::int64_t> {
        auto made = make_draft(db, whose, wish, now);
        if (!made) return made.error();
        *why = std::move(made->why);
        if (*why) return make_error_code(storage::errc::conflict);
        return made->draft;
    };
    auto const draft = co_await with.store.write(write);
    if (!draft && *why) co_return **why;
    if (!draft && draft.error() == storage::errc::not_found) co_return no_such_group();
    if (!draft) co_return draft.error();
    constexpr int empty = 201, copied = 202;
    co_return sent_with_one_of<draft_answer, 201, 202>{{true, "Draft created successfully", *draft},
                                                       asked.body.source_dataset_id ? copied : empty};
}

/// Adds rows to a group's draft, which is made when there is none. Returns its id.
storage::result<std::int64_t> add_to_draft(storage::connection& db, storage::organization_id whose, std::int64_t group,
                                           std::vector<storage::dataset_version_row> const& rows, std::int64_t now)
{
    auto const draft = storage::draft_of(db, whose, group, now);
    if (!draft) return draft.error();
    if (auto const done = storage::add_dataset_version_rows(db, whose, draft->id, rows, now); !done)
        return done.error();
    return draft->id;
}

asio::awaitable<result<created<draft_answer>>> add_request_log(add_request_log_request asked, services& with)
{
    std::vector<std::int64_t> const one{asked.body.request_log_id};
    auto calls = co_await calls_of(one, with);
    if (!calls) co_return calls.error();
    if (calls->empty()) co_return not_found("request_log_id: there is no such request");
    auto const write = [whose = with.organization, group = asked.body.dataset_group_id, calls = std::move(*calls),
                        now = with.now_us()](storage::connection& db) -> storage::result<std::int64_t> {
        auto const rows = rows_of_calls(db, whose, calls);
        if (!rows) return rows.error();
        return add_to_draft(db, whose, group, *rows, now);
    };
    auto const draft = co_await with.store.write(write);
    if (!draft && draft.error() == storage::errc::not_found) co_return no_such_group();
    if (!draft) co_return draft.error();
    co_return created<draft_answer>{{true, "Request log added to the draft", *draft}};
}

asio::awaitable<result<created<draft_answer>>> add_trace(add_trace_request asked, services& with)
{
    if (auto const bad = problem_with_value("trace_id", asked.body.trace_id, longest_trace_id)) co_return *bad;
    auto const find = [whose = with.organization, trace = asked.body.trace_id](storage::connection& db) {
        return storage::row_of_trace(db, whose, trace);
    };
    auto row = co_await with.store.read(find);
    if (!row && row.error() == storage::errc::not_found) co_return not_found("trace_id: there is no such trace");
    if (!row) co_return row.error();
    std::vector<storage::dataset_version_row> rows;
    rows.push_back(std::move(*row));
    auto const write = [whose = with.organization, group = asked.body.dataset_group_id, rows = std::move(rows),
                        now = with.now_us()](storage::connection& db) {
        return add_to_draft(db, whose, group, rows, now);
    };
    auto const draft = co_await with.store.write(write);
    if (!draft && draft.error() == storage::errc::not_found) co_return no_such_group();
    if (!draft) co_return draft.error();
    co_return created<draft_answer>{{true, "Trace added to the draft", *draft}};
}

asio::awaitable<result<accepted<draft_answer>>> save_draft(save_draft_request asked, services& with)
{
    auto const write = [whose = with.organization, group = asked.body.dataset_group_id,
                        now = with.now_us()](storage::connection& db) -> storage::result<std::int64_t> {
        auto const draft = storage::find_draft(db, whose, group);
        if (!draft) return draft.error();
        if (auto const done = storage::publish_draft(db, draft->id, now); !done) return done.error();
        return draft->id;
    };
    auto const saved = co_await with.store.write(write);
    if (!saved && saved.error() == storage::errc::not_found)
        co_return not_found("dataset_group_id: there is no such dataset group, or it has no draft");
    if (!saved) co_return saved.error();
    co_return accepted<draft_answer>{{true, "Draft saved", *saved}};
}

constexpr endpoint dataset_version_entries[] = {
    changes(post<version_from_filter>("/api/public/v2/dataset-versions/from-filter-params",
                                      "CreateDatasetVersionFromFilterParams",
                                      "Makes a version of a dataset of recorded calls")),
    changes(post<version_from_file>("/api/public/v2/dataset-versions/from-file", "CreateDatasetVersionFromFile",
                                    "Makes a version of a dataset of a CSV or JSON file")),
    changes(post<create_draft>("/api/public/v2/dataset-versions/create-draft", "CreateDatasetDraft",
                               "Makes a draft of a dataset's next version, empty or a copy")),
    changes(post<add_request_log>("/api/public/v2/dataset-versions/add-request-log", "AddRequestLogToDraft",
                                  "Adds a recorded call to a dataset's draft")),
    changes(post<add_trace>("/api/public/v2/dataset-versions/add-trace", "AddTraceToDraft",
                            "Adds a trace to a dataset's draft")),
    changes(post<save_draft>("/api/public/v2/dataset-versions/save-draft", "SaveDatasetDraft",
                             "Publishes a dataset's draft as its next version")),
};
static_assert(each_is_unique(dataset_version_entries));

} // namespace
} // namespace weir::api::promptlayer

namespace weir::api
{

constinit group const promptlayer_dataset_version_endpoints{
    "PromptLayer datasets", promptlayer::dataset_version_entries, false, dialect::promptlayer};

} // namespace weir::api
