#pragma once

#include "api/shape.hpp"

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>
#include <boost/json/value.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

/// Types with every kind of member there is.
namespace weir::api::test
{

enum class join { and_, or_ };
BOOST_DESCRIBE_ENUM(join, and_, or_)

enum class percentile { p50, p99_9 };
BOOST_DESCRIBE_ENUM(percentile, p50, p99_9)
constexpr auto wire_names(percentile const*) { return std::array{renamed{"p99_9", "p99.9"}}; }

struct leaf {
    std::optional<std::string> equals, not_equals;
    std::optional<double> above;
};
BOOST_DESCRIBE_STRUCT(leaf, (), (equals, not_equals, above))
constexpr auto wire_names(leaf const*) { return std::array{renamed{"not_equals", "not-equals"}}; }

enum class everything { all };
BOOST_DESCRIBE_ENUM(everything, all)

struct branch;
using tree = std::variant<leaf, std::unique_ptr<branch>, everything>;
struct branch {
    tree left;
    join operator_;
    tree right;
};
BOOST_DESCRIBE_STRUCT(branch, (), (left, operator_, right))

struct base {
    std::string id;
};
BOOST_DESCRIBE_STRUCT(base, (), (id))

struct sample : base {
    bool flag = false;
    int count = 0;
    nullable<double> cost;
    std::vector<double> w;
    std::optional<std::int64_t> big;
    std::optional<double> ratio;
    std::optional<nullable<std::string>> note;
    std::optional<percentile> rank;
    std::optional<std::map<std::string, int>> counts;
    std::optional<std::vector<std::pair<std::string, std::string>>> labels;
    std::optional<std::variant<double, bool, std::vector<std::string>>> either;
    std::optional<boost::json::value> anything;
    std::optional<raw_json> raw;
    std::optional<literal_true> always;
    std::optional<tree> filter;
};
BOOST_DESCRIBE_STRUCT(sample, (base),
                      (flag, count, cost, w, big, ratio, note, rank, counts, labels, either, anything, raw, always,
                       filter))

} // namespace weir::api::test
