#include "storage/alert_watch.hpp"

#include "log/log.hpp"
#include "net/text.hpp"
#include "net/unix_time.hpp"
#include "storage/alert_evaluation.hpp"
#include "storage/connection.hpp"

#include <chrono>

namespace weir::storage
{
namespace
{

void tell(alert_change const& what)
{
    log::write(what.is_triggered ? log::level::warn : log::level::info,
               what.is_triggered ? "an alert is triggered" : "an alert is resolved",
               {{"alert", what.id.text()},
                {"name", what.name},
                {"metric", what.metric},
                {"value", net::number_text(what.value)},
                {"threshold", net::number_text(what.threshold)},
                {"organization", static_cast<long long>(what.organization)}});
}

} // namespace

alert_watch::alert_watch(std::string path, metrics::registry& metrics, std::chrono::milliseconds pause)
    : path_(std::move(path))
    , task_(pause, [this] { look(); })
{
    metrics.gauge("weir_alerts_triggered", "Alerts that are triggered.",
                  [this] { return static_cast<double>(triggered_.load(std::memory_order_relaxed)); });
}

result<void> alert_watch::evaluate()
{
    auto db = connection::open(path_, connection::mode::read_write);
    if (!db) return db.error();
    db->set_progress([](void* task) { return static_cast<background_task*>(task)->is_stopping() ? 1 : 0; }, &task_);
    auto const changes = evaluate_alerts(*db, net::unix_now_us(), tell);
    auto const triggered = count_triggered_alerts(*db);
    if (triggered) triggered_ = *triggered;
    if (!changes) return changes;
    if (!triggered) return triggered.error();
    return {};
}

void alert_watch::look()
{
    auto const looked = evaluate();
    if (!looked && !failing_ && !task_.is_stopping())
        log::warn("alerts cannot be evaluated", {{"reason", looked.error().message()}});
    failing_ = !looked;
}

} // namespace weir::storage
