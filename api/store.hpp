#pragma once

#include "storage/query_threads.hpp"

#include <chrono>
#include <type_traits>
#include <utility>

namespace weir::api
{

/// The record as handlers use it: what a lambda asks of a connection is answered while the caller waits, on threads of
/// the store's own. GCC 12 wants the lambda named on the line above.
///
///     auto const query = [whose = with.organization](storage::connection& db) { return storage::keys(db, whose); };
///     auto const found = co_await with.store.read(query);
class store
{
public:
    /// None: nothing may be asked of it.
    store() = default;

    /// The threads must outlive every call; each has `timeout` from its start.
    store(storage::query_threads& readers, storage::query_threads& writers, std::chrono::milliseconds timeout)
        : readers_(&readers)
        , writers_(&writers)
        , timeout_(timeout)
    {
    }

    template <class Query>
    auto read(Query query)
    {
        return readers_->ask(std::move(query), deadline());
    }

    /// Runs it in a transaction, which is committed when it returns no error.
    template <class Query>
    auto write(Query query)
    {
        using answer_type = std::invoke_result_t<Query&, storage::connection&>;
        auto whole = [query = std::move(query)](storage::connection& db) mutable -> answer_type {
            auto begun = storage::transaction::begin(db);
            if (!begun) return begun.error();
            auto answer = query(db);
            if (!answer) return answer;
            if (auto const done = begun->commit(); !done) return done.error();
            return answer;
        };
        return writers_->ask(std::move(whole), deadline());
    }

private:
    storage::query_threads::clock::time_point deadline() const
    {
        return storage::query_threads::clock::now() + timeout_;
    }

    storage::query_threads* readers_ = nullptr;
    storage::query_threads* writers_ = nullptr;
    std::chrono::milliseconds timeout_{};
};

} // namespace weir::api
