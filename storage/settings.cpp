#include "storage/settings.hpp"

namespace weir::storage
{

result<std::string> find_setting(connection& db, std::string_view name)
{
    auto found = db.query("SELECT value FROM setting WHERE name=?1", name);
    if (!found) return found.error();
    if (!found->next()) return found->error() ? found->error() : make_error_code(errc::not_found);
    return found->get<std::string>(0);
}

} // namespace weir::storage
