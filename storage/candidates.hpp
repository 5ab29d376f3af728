#pragma once

#include "storage/group_search.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

/// The calls that may pass a filter, by the columns of row groups: some that do not, but all that do, up to the newest
/// call that has a group.
namespace weir::storage
{

/// Looks through the groups from the newest calls on, as far as is asked.
class candidates
{
public:
    /// None when groups cannot tell calls that pass from others, as group_search::find says.
    static result<std::optional<candidates>> find(connection& db, organization_id organization, filter const& what);
    explicit candidates(group_search groups);

    /// The next ones, newest first, each once: that many, or fewer when they are at their end or tell little.
    result<std::vector<row_id>> next(std::size_t most);

    /// All calls with a greater key wait for a group, and are not among these: to look at all of them is faster.
    row_id last_grouped() const { return groups_.last_row(); }
    /// Those of them that may pass; none where that is not known.
    std::optional<std::vector<row_id>> newer() const;
    /// How many of these wait for a group.
    std::size_t waiting() const { return waiting_; }

    /// Whether all that were given pass: there is no need to look at them.
    bool are_exact() const { return are_exact_; }

    /// Whether most of the calls that were looked at are candidates: then it is faster to look at all of them.
    bool tell_little() const;

private:
    result<void> look_at(row_group const& next);
    /// Moves the newest of the pool, down to what the groups still to come may have, behind those that are certain.
    void take_certain();

    group_search groups_;
    std::size_t at_ = 0;                    ///< the group that is looked at next
    std::vector<std::int64_t> pool_;        ///< a heap of those found, of which there may be newer ones
    std::size_t waiting_;                   ///< of them at first
    bool are_exact_;                        ///< all that were found pass
    std::vector<row_id> certain_;           ///< found, newest first
    std::size_t given_ = 0;                 ///< of these
    std::size_t looked_at_ = 0, found_ = 0; ///< rows of groups
};

/// A filter that only these rows can pass, of those that pass `what`.
filter among(std::span<row_id const> rows, filter what);
/// One that only rows with a greater key can pass.
filter after(row_id last, filter what);

/// Joined to a filter, the calls that may pass it, where groups can name them: otherwise everything. For queries of
/// which each part of the record that is left out saves time; to find a page, `candidates` looks at less.
result<filter> rows_that_may_pass(connection& db, organization_id organization, filter const& what);

/// Asks something of the calls that pass a filter, by a query of rows.
using ask_by_rows = std::function<result<void>(filter const&)>;
/// Asks it of the rows of a group that pass, by its columns; false where these cannot tell.
using ask_by_columns = std::function<result<bool>(group_search&, row_group const&, group_verdict const&)>;

/// Asks something of all calls that pass a filter, of each once: by columns as far as they can tell, and otherwise by
/// rows, of some at a time where groups can name them.
result<void> ask_all(connection& db, organization_id organization, filter const& what, ask_by_rows const& by_rows,
                     ask_by_columns const& by_columns);

} // namespace weir::storage
