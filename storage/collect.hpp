#pragma once

#include "storage/connection.hpp"

#include <type_traits>
#include <vector>

/// What is mostly done with the rows of a query.
namespace weir::storage
{

/// What `make` makes of each row.
template <class Make>
auto collect(result<rows> found, Make make) -> result<std::vector<std::invoke_result_t<Make&, rows const&>>>
{
    if (!found) return found.error();
    std::vector<std::invoke_result_t<Make&, rows const&>> all;
    while (found->next()) all.push_back(make(*found));
    if (found->error()) return found->error();
    return all;
}

/// The first column of each row.
template <class T>
result<std::vector<T>> collect_column(result<rows> found)
{
    return collect(std::move(found), [](rows const& row) { return row.get<T>(0); });
}

/// The first column of the first row; errc::not_found when there is none.
template <class T>
result<T> first_value(result<rows> found)
{
    using boost::system::in_place_error; // an error code is also a bool
    if (!found) return result<T>(in_place_error, found.error());
    if (!found->next())
        return result<T>(in_place_error, found->error() ? found->error() : make_error_code(errc::not_found));
    return found->get<T>(0);
}

/// Whether there is a row.
inline result<bool> is_any(result<rows> found)
{
    using boost::system::in_place_error;
    if (!found) return result<bool>(in_place_error, found.error());
    bool const any = found->next();
    if (found->error()) return result<bool>(in_place_error, found->error());
    return any;
}

/// What a statement came to that was meant for one row; errc::not_found when it changed none.
inline result<void> changed_one(connection const& db, result<void> done)
{
    if (done && db.changes() == 0) return make_error_code(errc::not_found);
    return done;
}

} // namespace weir::storage
