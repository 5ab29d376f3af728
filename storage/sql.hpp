#pragma once

#include "storage/uuid.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace weir::storage
{

/// A value to bind.
using sql_value = std::variant<std::nullptr_t, std::int64_t, double, std::string, uuid>;

/// A statement under construction: text that weir wrote, and the values bound to its ?1, ?2, …
class sql
{
public:
    explicit sql(std::string_view text = {})
        : text_(text)
    {
    }

    sql& operator<<(std::string_view text)
    {
        text_ += text;
        return *this;
    }
    /// Appends a placeholder for a value.
    sql& bind(sql_value value)
    {
        values_.push_back(std::move(value));
        text_ += '?';
        text_ += std::to_string(values_.size());
        return *this;
    }
    /// Appends text in which each `?` stands for that one value.
    sql& with(std::string_view text, sql_value const& value);

    std::string const& text() const { return text_; }
    std::vector<sql_value> const& values() const { return values_; }

private:
    std::string text_;
    std::vector<sql_value> values_;
};

} // namespace weir::storage
