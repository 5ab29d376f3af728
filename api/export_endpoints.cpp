#include "api/endpoints.hpp"
#include "api/export_steps.hpp"
#include "api/filters.hpp"
#include "api/request_export.hpp"

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

asio::awaitable<result<text_in_pieces>> export_requests(export_requests_request asked, services& with)
{
    auto what = parse_filter(asked.filter.value_or("all"), "filter");
    if (!what) co_return what.error();
    auto const format = asked.format.value_or(export_format::jsonl);
    request_export whole(with.organization, std::move(*what), format);
    auto answer = co_await in_steps(std::move(whole), with.store, media_type_of(format));
    co_return answer;
}

constexpr endpoint export_entries[] = {
    get<export_requests>("/v1/request/export", "ExportRequests",
                         "All recorded requests that pass a filter, with their bodies, oldest first"),
};
static_assert(each_is_unique(export_entries));

} // namespace

constinit group const export_endpoints{"Request", export_entries};

} // namespace weir::api
