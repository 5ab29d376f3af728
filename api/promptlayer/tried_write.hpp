#pragma once

#include "api/failure.hpp"
#include "api/services.hpp"
#include "storage/connection.hpp"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <optional>
#include <utility>

namespace weir::api::promptlayer
{

/// What a write came to, or why the client gets nothing: then it is undone.
template <class T>
struct tried {
    T value{};
    std::optional<failure> why{};
};

template <class T>
tried<T> refused(failure why)
{
    tried<T> made;
    made.why = std::move(why);
    return made;
}

/// Runs a query, which returns a storage::result<tried<T>>, in a transaction. It is committed when there is neither an
/// error nor a failure.
template <class T, class Query>
boost::asio::awaitable<result<T>> try_to_write(Query query, services& with)
{
    auto const why = std::make_shared<std::optional<failure>>();
    auto write = [query = std::move(query), why](storage::connection& db) -> storage::result<T> {
        storage::result<tried<T>> made = query(db);
        if (!made) return made.error();
        *why = std::move(made->why);
        if (*why) return make_error_code(storage::errc::conflict);
        return std::move(made->value);
    };
    auto done = co_await with.store.write(std::move(write));
    if (!done && *why) co_return **why;
    if (!done) co_return done.error();
    co_return std::move(*done);
}

} // namespace weir::api::promptlayer
