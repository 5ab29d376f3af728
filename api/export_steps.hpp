#pragma once

#include "api/endpoint.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/describe/enum.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace weir::api
{

enum class export_format { jsonl, csv };
BOOST_DESCRIBE_ENUM(export_format, jsonl, csv)

constexpr std::string_view media_type_of(export_format format)
{
    return format == export_format::csv ? "text/csv; charset=utf-8; header=present" : "application/x-ndjson";
}

/// Asks the store for an export, step by step. An export has `step(connection&)`, which makes the next text, perhaps
/// none yet, and `is_done()`.
template <class Export>
class export_source
{
public:
    export_source(Export what, store from)
        : export_(std::move(what))
        , store_(from)
    {
    }

    /// The next piece that is not empty; an empty one is the end.
    boost::asio::awaitable<boost::system::result<std::string>> next()
    {
        auto const step = [this](storage::connection& db) { return export_.step(db); };
        while (!export_.is_done()) {
            auto piece = co_await store_.read(step);
            if (!piece || !piece->empty()) co_return piece;
        }
        co_return std::string();
    }

private:
    Export export_;
    store store_;
};

/// All that an export makes, as an answer. `type` is a constant's: the coroutine and the answer refer to it.
template <class Export>
boost::asio::awaitable<result<text_in_pieces>> in_steps(Export what, store from, std::string_view type)
{
    auto const source = std::make_shared<export_source<Export>>(std::move(what), from);
    auto first = co_await source->next();
    if (!first) co_return first.error();
    text_in_pieces answer;
    answer.first = std::move(*first);
    answer.next = [source] { return source->next(); };
    answer.type = type;
    co_return answer;
}

} // namespace weir::api
