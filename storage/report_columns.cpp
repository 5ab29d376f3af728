#include "storage/report_columns.hpp"

#include "storage/collect.hpp"
#include "storage/json_text.hpp"

#include <algorithm>

namespace weir::storage
{
namespace
{

#define WEIR_REPORT_COLUMN_COLUMNS                                                                                     \
    "k.id,k.report_id,k.position,k.column_type,k.name,k.configuration,k.is_part_of_score,k.score,k.score_type,"        \
    "k.skipped"

report_column column_in(rows const& row)
{
    report_column made{.id = row.get<std::int64_t>(0),
                       .report = row.get<std::int64_t>(1),
                       .position = row.get<std::int64_t>(2),
                       .type = row.get<std::string>(3),
                       .name = row.get<std::string>(4),
                       .configuration = row.get<std::string>(5),
                       .is_part_of_score = row.get<bool>(6)};
    if (auto const skipped = row.get<std::optional<std::int64_t>>(9))
        made.score = column_score{row.get<std::optional<double>>(7), row.get<std::optional<std::string>>(8), *skipped};
    return made;
}

result<report_column> only_column(result<rows> asked)
{
    auto found = collect(std::move(asked), column_in);
    if (!found) return found.error();
    if (found->empty()) return make_error_code(errc::not_found);
    return std::move(found->front());
}

result<void> touch(connection& db, std::int64_t report, std::int64_t now_us)
{
    return db.execute("UPDATE report SET updated_us=?2 WHERE id=?1", report, now_us);
}

} // namespace

result<std::vector<report_column>> list_report_columns(connection& db, std::int64_t report)
{
    return collect(db.query("SELECT " WEIR_REPORT_COLUMN_COLUMNS
                            " FROM report_column AS k WHERE k.report_id=?1 ORDER BY k.position,k.id",
                            report),
                   column_in);
}

result<report_column> find_report_column(connection& db, organization_id organization, std::int64_t id)
{
    return only_column(db.query("SELECT " WEIR_REPORT_COLUMN_COLUMNS " FROM report_column AS k JOIN report AS p "
                                "ON p.id=k.report_id WHERE k.id=?1 AND p.organization_id=?2",
                                id, organization));
}

result<report_column> add_report_column(connection& db, std::int64_t report, report_column_wish const& wish,
                                        std::int64_t now_us)
{
    auto const last = first_value<std::int64_t>(
        db.query("SELECT coalesce(max(position),0) FROM report_column WHERE report_id=?1", report));
    if (!last) return last.error();
    auto const position = std::min(wish.position.value_or(*last + 1), *last + 1);
    auto done = db.execute("UPDATE report_column SET position=position+1 WHERE report_id=?1 AND position>=?2", report,
                           position);
    if (!done) return done.error();
    auto made =
        only_column(db.query("INSERT INTO report_column AS k (report_id,position,column_type,name,"
                             "configuration,is_part_of_score) VALUES (?1,?2,?3,?4,?5,?6) RETURNING "
                             "id,report_id,position,column_type,name,configuration,is_part_of_score,"
                             "score,score_type,skipped",
                             report, position, wish.type, wish.name, wish.configuration, wish.is_part_of_score));
    if (!made) return made;
    done = touch(db, report, now_us);
    if (!done) return done.error();
    return made;
}

result<report_column> change_report_column(connection& db, report_column const& from, report_column_wish const& wish,
                                           std::int64_t now_us)
{
    auto const last =
        first_value<std::int64_t>(db.query("SELECT max(position) FROM report_column WHERE report_id=?1", from.report));
    if (!last) return last.error();
    auto const position = std::min(wish.position.value_or(from.position), *last);
    auto const step = position < from.position ? 1 : -1;
    auto done = db.execute("UPDATE report_column SET position=position+?4 WHERE report_id=?1 AND id<>?5 "
                           "AND position BETWEEN min(?2,?3) AND max(?2,?3)",
                           from.report, from.position, position, step, from.id);
    if (!done) return done.error();
    done = db.execute("UPDATE report_column SET position=?2,column_type=?3,name=?4,configuration=?5,"
                      "is_part_of_score=?6 WHERE id=?1",
                      from.id, position, wish.type, wish.name, wish.configuration, wish.is_part_of_score);
    if (!done) return done.error();
    done = touch(db, from.report, now_us);
    if (!done) return done.error();
    return only_column(
        db.query("SELECT " WEIR_REPORT_COLUMN_COLUMNS " FROM report_column AS k WHERE k.id=?1", from.id));
}

result<void> delete_report_column(connection& db, report_column const& which, std::int64_t now_us)
{
    auto done = db.execute("DELETE FROM report_column WHERE id=?1", which.id);
    if (!done) return done;
    done = db.execute("UPDATE report_column SET position=position-1 WHERE report_id=?1 AND position>?2", which.report,
                      which.position);
    if (!done) return done;
    return touch(db, which.report, now_us);
}

result<void> set_score_columns(connection& db, std::int64_t report, std::vector<std::string> const& names,
                               std::int64_t now_us)
{
    auto const done = db.execute("UPDATE report_column SET is_part_of_score=name IN (SELECT value FROM json_each(?2)) "
                                 "WHERE report_id=?1",
                                 report, json_of_texts(names));
    if (!done) return done;
    return touch(db, report, now_us);
}

} // namespace weir::storage
