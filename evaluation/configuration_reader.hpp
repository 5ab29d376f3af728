#pragma once

#include "evaluation/report_column.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::evaluation
{

/// Reads members of a configuration; the first fault is kept. What is not there is a fault only where it is asked for
/// as needed.
class configuration_reader
{
public:
    configuration_reader(json::object const& from, std::string& problem, std::string path = {})
        : from_(from)
        , problem_(problem)
        , path_(std::move(path))
    {
    }

    /// Null where it is not there, or null.
    json::value const* member(std::string_view name) const;
    bool has(std::string_view name) const { return member(name) != nullptr; }

    std::optional<std::string> text(std::string_view name);
    std::string needed_text(std::string_view name);
    /// One of these words.
    std::string needed_word(std::string_view name, std::initializer_list<std::string_view> words);
    std::optional<std::int64_t> positive(std::string_view name);
    std::optional<double> number(std::string_view name);
    std::optional<bool> flag(std::string_view name);
    json::object object(std::string_view name);
    /// A column that is to be read.
    std::string source(std::string_view name);
    /// So many columns that are to be read.
    std::vector<std::string> sources(std::string_view name, std::size_t least, std::size_t most);
    variable_mappings mappings(std::string_view name);

    /// A reader of an object that stands there. It must not outlive either.
    configuration_reader within(std::string_view name, json::object const& object) const
    {
        return {object, problem_, path_of(name) + "."};
    }

    void fail(std::string_view name, std::string_view what);
    bool is_good() const { return problem_.empty(); }
    std::string path_of(std::string_view name) const { return path_ + std::string(name); }

private:
    json::object const& from_;
    std::string& problem_;
    std::string path_;
};

} // namespace weir::evaluation
