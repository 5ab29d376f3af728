#include "api/dataset_export.hpp"
#include "api/dataset_import.hpp"
#include "api/dataset_types.hpp"
#include "api/endpoints.hpp"
#include "api/spooled_body.hpp"
#include "net/text.hpp"
#include "storage/connection.hpp"
#include "storage/random.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace asio = boost::asio;

/// Datasets of copies of calls, as files.
namespace weir::api
{

struct export_dataset_request {
    std::string datasetId;
    std::optional<export_format> format; ///< jsonl
};
BOOST_DESCRIBE_STRUCT(export_dataset_request, (), (datasetId, format))

struct import_dataset_request {
    std::string datasetId;
    std::optional<export_format> format; ///< jsonl
    file_body body;
};
BOOST_DESCRIBE_STRUCT(import_dataset_request, (), (datasetId, format, body))

struct imported_rows {
    std::int64_t imported = 0;
};
BOOST_DESCRIBE_STRUCT(imported_rows, (), (imported))

namespace
{

using storage::uuid;

result<null> check(storage::connection& db, storage::organization_id whose, uuid const& dataset)
{
    auto const there = storage::require_dataset(db, whose, dataset);
    if (!there) return or_missing(there.error(), no_dataset);
    return null{};
}

asio::awaitable<result<text_in_pieces>> export_dataset(export_dataset_request asked, services& with)
{
    auto const dataset = uuid::parse(asked.datasetId);
    if (!dataset) co_return not_found(no_dataset);
    auto const query = [whose = with.organization, dataset = *dataset](storage::connection& db) {
        return check(db, whose, dataset);
    };
    auto const there = co_await with.store.read(query);
    if (!there) co_return there.error();
    auto const format = asked.format.value_or(export_format::jsonl);
    dataset_export whole(*dataset, format);
    auto answer = co_await in_steps(std::move(whole), with.store, media_type_of(format));
    co_return answer;
}

result<null> add_row(storage::connection& db, uuid const& dataset, row_to_import const& row, std::int64_t now_us)
{
    auto const origin = row.origin ? storage::result<uuid>(*row.origin) : storage::random_uuid();
    if (!origin) return origin.error();
    auto const added = storage::add_row(db, dataset, *origin, row.content, now_us);
    if (!added) return added.error();
    return null{};
}

/// Reads the text twice, on a thread for queries and then in a transaction, so that the lock is taken only for what is
/// good, and no row is held longer than it takes to write it.
asio::awaitable<result<imported_rows>> import_file(std::shared_ptr<spooled_body> file, uuid dataset,
                                                   export_format format, services& with)
{
    auto const text = file ? file->text() : storage::result<std::string_view>("");
    if (!text) co_return text.error();
    auto const look = [whose = with.organization, dataset, format, file,
                       text = *text](storage::connection& db) -> result<std::size_t> {
        if (auto const there = check(db, whose, dataset); !there) return there.error();
        return read_rows(text, format, [](row_to_import const&) { return result<null>(); });
    };
    auto const good = co_await with.store.read(look);
    if (!good) co_return good.error();
    auto const write = [whose = with.organization, dataset, format, file, text = *text,
                        now = with.now_us()](storage::connection& db) -> result<imported_rows> {
        if (auto const there = check(db, whose, dataset); !there) return there.error();
        auto const add = [&db, &dataset, now](row_to_import const& row) { return add_row(db, dataset, row, now); };
        auto const added = read_rows(text, format, add);
        if (!added) return added.error();
        return imported_rows{static_cast<std::int64_t>(*added)};
    };
    auto done = co_await with.store.write(write);
    co_return done;
}

asio::awaitable<result<imported_rows>> import_dataset(import_dataset_request asked, services& with)
{
    auto const dataset = uuid::parse(asked.datasetId);
    if (!dataset) co_return not_found(no_dataset);
    auto const& coding = asked.body.content_encoding;
    if (!coding.empty() && !net::iequals(coding, "identity"))
        co_return invalid("Content-Encoding: must be identity here");
    auto const format = asked.format.value_or(export_format::jsonl);
    auto done = co_await import_file(std::move(asked.body.content), *dataset, format, with);
    co_return done;
}

constexpr endpoint dataset_transfer_entries[] = {
    get<export_dataset>("/v1/helicone-dataset/{datasetId}/export", "ExportHeliconeDataset",
                        "The rows of a dataset as JSON lines for fine-tuning, or as CSV"),
    changes(post<import_dataset>("/v1/helicone-dataset/{datasetId}/import", "ImportHeliconeDataset",
                                 "Adds rows to a dataset that stand in such a text")),
};
static_assert(each_is_unique(dataset_transfer_entries));

} // namespace

constinit group const dataset_transfer_endpoints{"Dataset", dataset_transfer_entries};

} // namespace weir::api
