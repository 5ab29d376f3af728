#pragma once

#include <array>
#include <string_view>

struct sqlite3_stmt;

namespace weir::storage
{

/// Statements that were put together for one query and wait for the next with the same text: to prepare one takes
/// longer than many of them run. Keeps the ones used last, but for very long ones.
class spare_statements
{
public:
    spare_statements() = default;
    spare_statements(spare_statements const&) = delete;
    spare_statements& operator=(spare_statements const&) = delete;
    ~spare_statements();

    /// The caller's from now on, reset and with nothing bound; null when there is none of that text.
    sqlite3_stmt* take(std::string_view sql);
    void give(sqlite3_stmt* statement) noexcept;

private:
    std::array<sqlite3_stmt*, 32> kept_{}; ///< the one given last in front; null: a free place
};

} // namespace weir::storage
