#include "storage/dataset_rows.hpp"

#include "storage/collect.hpp"
#include "storage/random.hpp"

namespace weir::storage
{

result<void> add_row(connection& db, uuid const& dataset, uuid const& origin, row_bodies const& content,
                     std::int64_t now_us)
{
    auto const id = random_uuid();
    if (!id) return id.error();
    return db.execute("INSERT INTO dataset_row (id,dataset_id,origin_request_id,created_us,request_body,response_body)"
                      " VALUES (?1,?2,?3,?4,?5,?6)",
                      *id, dataset, origin, now_us, content.request, content.response);
}

result<void> remove_row(connection& db, uuid const& dataset, uuid const& row)
{
    return changed_one(db, db.execute("DELETE FROM dataset_row WHERE id=?1 AND dataset_id=?2", row, dataset));
}

result<void> change_row(connection& db, uuid const& dataset, uuid const& row, row_bodies const& content)
{
    return changed_one(
        db, db.execute("UPDATE dataset_row SET request_body=?3,response_body=?4 WHERE id=?1 AND dataset_id=?2", row,
                       dataset, content.request, content.response));
}

result<std::vector<dataset_row>> list_rows(connection& db, uuid const& dataset, std::int64_t offset, std::int64_t limit)
{
    return collect(db.query("SELECT id,origin_request_id,created_us FROM dataset_row WHERE dataset_id=?1 "
                            "ORDER BY number DESC LIMIT ?2 OFFSET ?3",
                            dataset, limit, offset),
                   [](rows const& row) {
                       return dataset_row{row.get<uuid>(0), row.get<uuid>(1), row.get<std::int64_t>(2)};
                   });
}

result<std::int64_t> count_rows(connection& db, uuid const& dataset)
{
    return first_value<std::int64_t>(db.query("SELECT count(*) FROM dataset_row WHERE dataset_id=?1", dataset));
}

result<row_bodies> find_row_bodies(connection& db, organization_id organization, uuid const& row)
{
    auto found = collect(
        db.query("SELECT r.request_body,r.response_body FROM dataset_row AS r JOIN dataset AS d ON d.id=r.dataset_id "
                 "WHERE r.id=?1 AND d.organization_id=?2 AND d.deleted_us IS NULL",
                 row, organization),
        [](rows const& one) {
            return row_bodies{one.get<std::string>(0), one.get<std::string>(1)};
        });
    if (!found) return found.error();
    if (found->empty()) return make_error_code(errc::not_found);
    return std::move(found->front());
}

result<bool> walk_rows(connection& db, uuid const& dataset, std::int64_t& after,
                       std::function<bool(uuid const& origin, row_bodies const&)> const& use)
{
    using boost::system::in_place_error; // an error code is also a bool
    constexpr std::int64_t rows_of_step = 1000;
    auto found = db.query("SELECT number,origin_request_id,request_body,response_body FROM dataset_row "
                          "WHERE dataset_id=?1 AND number>?2 ORDER BY number LIMIT ?3",
                          dataset, after, rows_of_step);
    if (!found) return result<bool>(in_place_error, found.error());
    std::int64_t walked = 0;
    for (bool more = true; more && found->next(); ++walked) {
        after = found->get<std::int64_t>(0);
        more = use(found->get<uuid>(1), {found->get<std::string>(2), found->get<std::string>(3)});
        if (!more) return true;
    }
    if (found->error()) return result<bool>(in_place_error, found->error());
    return walked == rows_of_step;
}

} // namespace weir::storage
