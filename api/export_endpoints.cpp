#include "api/endpoints.hpp"
#include "api/filters.hpp"
#include "api/request_export.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace asio = boost::asio;

namespace weir::api
{

struct export_requests_request {
    std::optional<export_format> format; ///< jsonl
    std::optional<std::string> filter;   ///< JSON; all
};
BOOST_DESCRIBE_STRUCT(export_requests_request, (), (format, filter))

namespace
{

/// Asks the store for an export, step by step.
class export_source
{
public:
    export_source(request_export what, store from)
        : export_(std::move(what))
        , store_(from)
    {
    }

    /// The next piece that is not empty; an empty one is the end.
    asio::awaitable<boost::system::result<std::string>> next()
    {
        auto const step = [this](storage::connection& db) { return export_.step(db); };
        while (!export_.is_done()) {
            auto piece = co_await store_.read(step);
            if (!piece || !piece->empty()) co_return piece;
        }
        co_return std::string();
    }

private:
    request_export export_;
    store store_;
};

asio::awaitable<result<text_in_pieces>> export_requests(export_requests_request asked, services& with)
{
    auto what = parse_filter(asked.filter.value_or("all"), "filter");
    if (!what) co_return what.error();
    auto const format = asked.format.value_or(export_format::jsonl);
    auto const source =
        std::make_shared<export_source>(request_export(with.organization, std::move(*what), format), with.store);
    auto first = co_await source->next();
    if (!first) co_return first.error();
    text_in_pieces answer;
    answer.first = std::move(*first);
    answer.next = [source] { return source->next(); };
    answer.type = format == export_format::csv ? "text/csv; charset=utf-8; header=present" : "application/x-ndjson";
    co_return answer;
}

constexpr endpoint entries[] = {
    get<export_requests>("/v1/request/export", "ExportRequests",
                         "All recorded requests that pass a filter, with their bodies, oldest first"),
};
static_assert(each_is_unique(entries));

} // namespace

constinit group const export_endpoints{"Request", entries};

} // namespace weir::api
