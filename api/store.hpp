#pragma once

#include "storage/query_threads.hpp"

#include <chrono>
#include <functional>
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

    /// The threads must outlive every call; each has `timeout` from its start. `keys_changed` is called after changes
    /// to keys, and returns when whoever honours them knows.
    store(storage::query_threads& readers, storage::query_threads& writers, std::chrono::milliseconds timeout,
          std::function<void()> keys_changed = {})
        : readers_(&readers)
        , writers_(&writers)
        , timeout_(timeout)
        , keys_changed_(std::move(keys_changed))
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
        return write_then(std::move(query), {});
    }

    /// The same for what changes which keys are good: it is so, everywhere in this process, when this returns.
    template <class Query>
    auto write_keys(Query query)
    {
        return write_then(std::move(query), keys_changed_);
    }

private:
    template <class Query>
    auto write_then(Query query, std::function<void()> committed)
    {
        using answer_type = std::invoke_result_t<Query&, storage::connection&>;
        auto whole = [query = std::move(query),
                      committed = std::move(committed)](storage::connection& db) mutable -> answer_type {
            auto begun = storage::transaction::begin(db);
            if (!begun) return begun.error();
            auto answer = query(db);
            if (!answer) return answer;
            if (auto const done = begun->commit(); !done) return done.error();
            if (committed) committed();
            return answer;
        };
        return writers_->ask(std::move(whole), deadline());
    }

    storage::query_threads::clock::time_point deadline() const
    {
        return storage::query_threads::clock::now() + timeout_;
    }

    storage::query_threads* readers_ = nullptr;
    storage::query_threads* writers_ = nullptr;
    std::chrono::milliseconds timeout_{};
    std::function<void()> keys_changed_;
};

} // namespace weir::api
