#pragma once

#include "api/shape.hpp"

#include <boost/describe/class.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weir::api
{

struct sql_column {
    std::string name, type;
    std::optional<std::string> default_type, default_expression, comment, codec_expression, ttl_expression;
};
BOOST_DESCRIBE_STRUCT(sql_column, (),
                      (name, type, default_type, default_expression, comment, codec_expression, ttl_expression))

struct sql_table {
    std::string table_name;
    std::vector<sql_column> columns;
};
BOOST_DESCRIBE_STRUCT(sql_table, (), (table_name, columns))

struct execute_sql_params {
    std::string sql;
};
BOOST_DESCRIBE_STRUCT(execute_sql_params, (), (sql))

/// A row of an answer, by the names of its columns.
using sql_row = std::vector<std::pair<std::string, raw_json>>;

struct create_saved_query_params {
    std::string name, sql;
};
BOOST_DESCRIBE_STRUCT(create_saved_query_params, (), (name, sql))

struct update_saved_query_params : create_saved_query_params {
    std::string id;
};
BOOST_DESCRIBE_STRUCT(update_saved_query_params, (create_saved_query_params), (id))

struct hql_saved_query {
    std::string id, organization_id, name, sql, created_at, updated_at;
};
BOOST_DESCRIBE_STRUCT(hql_saved_query, (), (id, organization_id, name, sql, created_at, updated_at))

} // namespace weir::api
