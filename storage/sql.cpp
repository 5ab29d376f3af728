#include "storage/sql.hpp"

namespace weir::storage
{

sql& sql::with(std::string_view text, sql_value const& value)
{
    values_.push_back(value);
    auto const placeholder = '?' + std::to_string(values_.size());
    for (;;) {
        auto const mark = text.find('?');
        text_ += text.substr(0, mark);
        if (mark == text.npos) return *this;
        text_ += placeholder;
        text.remove_prefix(mark + 1);
    }
}

} // namespace weir::storage
