//! Every protection that can be taken out, and the tests that fail without it.

macro_rules! mutants {
    ($($(#[doc = $protection:literal])+ $name:ident $seen:ident [$($test:literal),+ $(,)?],)+) => {
        /// A protection that is taken out.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Mutant {
            $($(#[doc = $protection])+ $name,)+
        }

        impl Mutant {
            /// Every one of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// What is taken out, in a sentence.
            pub const fn protection(self) -> &'static str {
                match self {
                    $(Self::$name => concat!($($protection),+).trim_ascii(),)+
                }
            }

            /// The tests that fail without it, by crate and path.
            pub const fn tests(self) -> &'static [&'static str] {
                match self {
                    $(Self::$name => &[$($test),+],)+
                }
            }

            /// True when the simulation has to notice as well.
            pub const fn is_simulated(self) -> bool {
                match self {
                    $(Self::$name => mutants!(@ $seen),)+
                }
            }
        }
    };
    (@ simulated) => { true };
    (@ tested) => { false };
}

mutants! {
    /// A mass cancel cancels every order.
    MassCancelForgetsOne simulated [
        "venue::exchange::tests::commands::a_mass_cancel_takes_all_of_the_session_and_none_of_another",
    ],
    /// An order leaves only when its intent is durable.
    SendBeforeJournal simulated ["orders::engine::tests::orders::nothing_leaves_before_its_intent_is_durable"],
    /// A fill that comes again is booked once.
    DuplicateFillBooked simulated [
        "orders::engine::tests::orders::a_fill_before_the_acknowledgement_and_one_that_comes_twice_are_booked_once",
    ],
    /// What had no answer is asked about, never sent again.
    ResendBlind simulated [
        "orders::engine::tests::orders::a_lost_submit_becomes_unknown_and_is_never_sent_again",
    ],
    /// The last hop looks at the latch.
    LatchIgnoredAtLastHop simulated [
        "orders::engine::tests::kills::an_order_between_intent_and_wire_does_not_leave_after_the_latch",
        "orders::engine::tests::kills::the_last_hop_looks_at_the_latch_itself",
    ],
    /// A restart brings a kill back.
    RestartForgetsLatch simulated [
        "orders::engine::tests::kills::either_latch_or_journal_is_enough_to_come_back_killed",
    ],
    /// A latch file that took nothing is written again.
    LatchFileGivenUp simulated [
        "orders::engine::tests::latching::a_kill_the_latch_file_does_not_take_holds_and_comes_back_by_the_journal",
        "risk::manager::tests::commands::a_latch_file_that_fails_closes_a_gate_and_is_written_again",
    ],
    /// A re-arm that is given up leaves a record of the kill.
    LiftGivenUpUnsaid tested [
        "orders::engine::tests::rearm::a_rearm_that_was_given_up_is_a_kill_by_the_journal_alone",
    ],
    /// Nothing is re-armed while the latch file fails.
    RearmOnFailingLatch tested ["orders::engine::tests::latching::no_kill_is_lifted_while_the_latch_file_fails"],
    /// Desk and venue are compared as an outer join.
    ReconcileInnerJoin simulated [
        "orders::reconcile::tests::an_order_only_one_side_has_is_found_on_either_side",
        "orders::reconcile::tests::a_position_missing_from_the_venues_list_is_a_difference",
        "orders::engine::tests::pains::a_position_missing_from_the_venues_list_closes_the_gate",
    ],
    /// A kill is VERIFIED by asking the venue again.
    CancelReplyTakenAsProof simulated [
        "orders::engine::tests::kills::a_venue_that_refuses_cancels_keeps_it_red_and_names_the_orders",
    ],
    /// A kill blocks the session at the venue.
    SessionNotBlocked simulated [
        "orders::engine::tests::kills::the_stages_come_in_order_and_verified_means_the_venue_said_none",
    ],
    /// A re-arm lifts the blocks of its own kills at the venue, and of no newer one.
    AnyRearmLiftsBlock tested [
        "venue::exchange::tests::commands::a_late_lift_leaves_the_block_of_a_newer_kill",
    ],
    /// A kill names itself to the venue.
    KillUnnamedAtVenue tested ["orders::engine::tests::rearm::a_lift_that_comes_late_leaves_the_successors_block"],
    /// A block that stands after a re-arm is a kill.
    StandingBlockPassedOver tested ["orders::engine::tests::rearm::a_block_that_a_rearm_leaves_is_a_kill"],
    /// Requests travel to the venue by the clock that is never set.
    RequestsByWallClock tested [
        "venue::arrivals::tests::a_wall_clock_put_back_holds_up_no_request_and_silences_no_session",
        "venue::arrivals::tests::what_arrives_when_does_not_hang_on_the_wall_clock",
    ],
    /// Working orders count in the position.
    WorkingOrdersNotCounted simulated [
        "risk::approval::tests::position_fires_and_counts_working_orders",
    ],
    /// A fill before the acknowledgement is booked.
    FillBeforeAckDropped simulated [
        "orders::engine::tests::orders::a_fill_before_the_acknowledgement_and_one_that_comes_twice_are_booked_once",
    ],
    /// A pause survives a restart.
    PauseNotDurable simulated [
        "orders::engine::tests::commands::pause_stops_new_risk_lets_reductions_pass_and_counts_what_works",
    ],
    /// An order is not sent after its time to live.
    ExpiredOrderSent simulated ["risk::approval::tests::the_last_line_repeats_the_hardest_checks"],
    /// The day's loss survives a restart.
    DailyLossForgotten simulated [
        "risk::manager::tests::commands::a_restart_measures_the_day_from_its_recorded_start",
    ],
    /// An order without an answer is UNKNOWN, and not guessed dead.
    TimeoutTakenAsRejection simulated [
        "orders::engine::tests::pains::an_order_that_timed_out_counts_until_the_venue_has_said_what_it_is",
    ],
    /// The venue's word that it knows no such order counts from when it was said, not from when it is heard.
    OldAnswerBelieved tested [
        "orders::engine::tests::orders::an_answer_from_before_its_time_was_over_proves_no_order_dead",
    ],
    /// A command that comes again is answered, and not obeyed again.
    CommandObeyedTwice simulated [
        "orders::engine::tests::commands::a_repeated_command_gets_its_first_answer_also_after_a_restart",
    ],
    /// A re-arm is refused until the kill is VERIFIED.
    RearmUnproved simulated ["orders::engine::tests::rearm::rearm_names_everything_that_is_missing"],
    /// No new risk while the projection is behind.
    ProjectionIgnored simulated [
        "orders::engine::tests::faults::a_projection_that_stays_behind_is_one_entry_however_its_reason_changes",
    ],
    /// An order ends only when all of its fills are booked.
    EndedBeforeItsFills simulated [
        "orders::engine::tests::orders::an_order_that_ended_counts_until_its_fills_are_booked",
    ],
    /// A cancel of the strategy's is on the record before it is accepted.
    StrategyCancelNotDurable simulated [
        "orders::engine::tests::progress::a_cancel_of_the_strategys_is_on_the_record_once_before_it_is_accepted",
    ],
    /// A kill without an id is a kill.
    UnnamedKillRefused tested [
        "orders::engine::tests::kills::a_kill_without_an_id_gets_one_and_is_obeyed",
    ],
    /// A cancel that can't be put on the record is at work until its orders have ended.
    UnrecordedCancelForgotten tested [
        "orders::engine::tests::progress::a_cancel_that_cannot_be_recorded_reaches_a_venue_that_was_away",
    ],
    /// A kill gives up every re-arm that waits for the journal.
    RearmOutlivesKill tested [
        "orders::engine::tests::rearm::a_kill_gives_up_the_rearm_that_waits_for_the_journal",
        "orders::engine::tests::rearm::a_file_that_kills_gives_up_the_rearm_that_waits_for_the_journal",
    ],
    /// A kill refuses every re-arm that waits for a heartbeat of the risk manager.
    ParkedRearmOutlivesKill tested [
        "orders::engine::tests::parked::a_kill_refuses_the_rearm_that_waits_for_a_heartbeat",
        "orders::engine::tests::parked::a_file_that_kills_refuses_the_rearm_that_waits_for_a_heartbeat",
    ],
    /// A re-arm is judged by a heartbeat of the risk manager from after its arrival.
    OldHeartbeatBelieved tested [
        "orders::engine::tests::parked::a_rearm_is_judged_by_a_heartbeat_that_was_asked_for_since_it_came",
    ],
    /// A break survives a restart.
    BreakForgotten simulated ["orders::engine::tests::breaks::a_break_has_one_id_and_one_beginning_over_restarts"],
    /// What an accepted command still has to do survives a restart.
    ProgressForgotten simulated [
        "orders::engine::tests::progress::a_flatten_goes_on_after_a_crash_and_its_end_is_on_the_record",
    ],
    /// A killed desk is flattened only after the proof.
    FlattenBeforeProof tested [
        "orders::engine::tests::kills::flatten_waits_for_the_proof_and_is_all_that_leaves_a_killed_desk",
    ],
    /// Nothing opens before desk and venue are reconciled.
    OpenedUnreconciled tested [
        "orders::engine::tests::pains::a_restart_that_believes_itself_flat_opens_nothing_while_the_venue_holds_a_position",
    ],
    /// Executions that the stream did not bring are fetched.
    FillsOfTheStreamAlone tested [
        "orders::engine::tests::pains::a_fill_lost_on_a_healthy_stream_is_found_by_the_next_comparison",
    ],
    /// What nobody here ordered is a break.
    StrangersPassedOver tested ["orders::engine::tests::pains::a_manual_exit_at_the_venue_is_seen"],
    /// The venue's history is read on: an order placed and cancelled in between is in no list of open ones.
    HistoryUnread tested [
        "orders::engine::tests::breaks::an_order_placed_and_cancelled_behind_the_desks_back_is_found",
    ],
    /// A difference is a break only when it is found twice.
    OneLookIsABreak tested ["orders::reconcile::tests::a_difference_is_a_break_only_when_it_is_found_twice"],
    /// A difference of the database is a break only when it is found twice.
    OneLookAtTheStore tested [
        "orders::engine::tests::storing::a_difference_of_the_database_that_stays_is_a_break_and_closes_its_symbol",
    ],
    /// An execution that comes again is held against what is booked.
    ChangedExecutionPassedOver tested [
        "orders::engine::tests::executions::a_repeated_execution_that_says_something_else_is_a_break",
    ],
    /// An execution that is told otherwise once more is a break that changed.
    LaterChangePassedOver tested [
        "orders::engine::tests::changes::an_ignored_change_that_changes_again_is_open_again",
        "orders::engine::tests::executions::a_break_about_an_execution_follows_the_venues_later_words",
    ],
    /// An execution that is held no more is compared by its checksum.
    OldChangePassedOver tested [
        "orders::engine::tests::changes::a_change_of_an_execution_of_the_morning_is_a_break",
    ],
    /// An ignored break counts with the worse exposure of desk and venue.
    IgnoredBreakNotCounted tested [
        "orders::engine::tests::breaks::an_ignored_break_opens_the_gate_counts_the_worse_of_both_and_expires_when_it_changes",
        "risk::manager::tests::conduct::an_ignored_break_counts_with_the_worse_exposure",
    ],
    /// An ignored break that changes is open again.
    IgnoredForEver tested [
        "orders::engine::tests::breaks::an_ignored_break_opens_the_gate_counts_the_worse_of_both_and_expires_when_it_changes",
        "orders::engine::tests::storing::adopting_it_stores_the_journal_again_and_an_ignored_one_expires_when_it_changes",
    ],
    /// So many breaks can be ignored at a time, and no more.
    IgnoredWithoutBound tested [
        "orders::engine::tests::breaks::no_more_breaks_are_ignored_than_can_be_overlooked_and_the_refusal_says_what_to_do",
    ],
    /// A cancel is done when the venue holds the order no more, not when it was sent.
    CancelDoneWhenSent tested [
        "orders::engine::tests::pains::a_cancel_is_requested_acknowledged_and_confirmed_as_three_things",
    ],
    /// Cancels pass whatever is closed.
    CancelsStoppedByGates tested ["orders::engine::tests::pains::cancels_pass_whatever_is_closed"],
    /// Reductions pass every gate but the kill.
    ReductionsStopped tested [
        "orders::engine::tests::commands::pause_stops_new_risk_lets_reductions_pass_and_counts_what_works",
        "risk::manager::tests::gates::operator_pause",
        "risk::manager::tests::engine::the_engines_pause_stops_new_risk_and_lets_a_reduction_pass",
    ],
    /// A reduction is judged by its quantity and everything open on its side, not by its side alone.
    ReducesBySideAlone tested [
        "orders::engine::tests::pains::reductions_are_judged_with_everything_open_on_their_side",
        "risk::approval::tests::an_ordinary_order_passes_with_its_version",
        "risk::approval::tests::flatten_passes_only_what_reduces",
    ],
    /// A resume lifts no kill.
    ResumeLiftsKill tested [
        "orders::engine::tests::rearm::resume_cannot_undo_a_kill_and_rearm_leaves_it_paused",
    ],
    /// A re-arm leaves its scope paused.
    RearmTrades tested ["orders::engine::tests::rearm::resume_cannot_undo_a_kill_and_rearm_leaves_it_paused"],
    /// A kill closes no position.
    KillFlattens tested ["orders::engine::tests::pains::a_kill_closes_no_position"],
    /// A fill is booked also after a kill.
    FillsAfterKillDropped tested ["orders::engine::tests::pains::a_fill_after_the_kill_is_booked"],
    /// A venue that took an order once takes its id no second time.
    SameIdTakenTwice tested ["venue::exchange::tests::commands::the_same_id_is_one_order"],
    /// A market order is worth what it may cost at worst.
    MarketOrderUnpriced tested [
        "risk::approval::tests::a_market_order_is_priced_at_the_touch_plus_the_collar",
    ],
    /// Positions that the engine tells of reach the limits.
    PositionsNotFed tested [
        "risk::manager::tests::exposure::positions_that_the_engine_tells_of_count_against_every_limit_on_them",
    ],
    /// Age is watched per symbol, however connected the feed is.
    AgeUnwatched tested ["risk::manager::tests::signals::stale_data_closes_the_gate_of_its_symbol_alone"],
    /// The age of each heartbeat is watched.
    HeartbeatUnwatched tested [
        "risk::manager::tests::engine::a_lost_heartbeat_stops_new_risk_until_it_is_heard",
    ],
    /// Limits change all or none.
    LimitsChangedInPart tested [
        "risk::manager::tests::commands::limits_change_all_or_nothing_and_survive_a_restart",
    ],
    /// The day's loss at its limit kills.
    LossLimitUnwatched tested [
        "risk::manager::tests::commands::the_daily_loss_kills_the_desk_and_asks_the_engine_until_it_has",
    ],
    /// A strategy that executes too often is stopped until a person resumes it.
    ConductUnwatched tested [
        "risk::manager::tests::conduct::a_strategy_that_executes_too_often_is_paused_until_a_person_resumes_it",
    ],
    /// A check: the instrument is one of the desk's.
    UnknownInstrumentUnchecked tested ["risk::approval::tests::the_grid_fires"],
    /// A check: the order is within its largest quantity.
    OrderQuantityUnchecked tested [
        "risk::approval::tests::order_quantity_fires",
        "risk::approval::tests::the_last_line_repeats_the_hardest_checks",
    ],
    /// A check: the order is within its largest notional.
    OrderNotionalUnchecked tested [
        "risk::approval::tests::order_notional_fires",
        "risk::approval::tests::the_last_line_repeats_the_hardest_checks",
    ],
    /// A check: the price is within its collar.
    PriceCollarUnchecked tested ["risk::approval::tests::the_collar_fires_for_limits_and_stops"],
    /// A check: the position is within its limit.
    PositionUnchecked tested [
        "risk::approval::tests::position_fires_and_counts_working_orders",
        "risk::approval::tests::the_last_line_repeats_the_hardest_checks",
    ],
    /// A check: the gross exposure is within its limit.
    GrossExposureUnchecked tested ["risk::approval::tests::gross_and_net_exposure_fire"],
    /// A check: the net exposure is within its limit.
    NetExposureUnchecked simulated ["risk::approval::tests::gross_and_net_exposure_fire"],
    /// A check: no more symbols are open than may be.
    OpenPositionsUnchecked tested ["risk::approval::tests::open_positions_fires_for_a_new_symbol"],
    /// A check: no symbol has more than its share of the desk.
    ConcentrationUnchecked tested [
        "risk::manager::tests::conduct::concentration_fires_above_its_share_of_a_desk_that_is_large_enough",
    ],
    /// A check: the day's loss is under its limit.
    DailyLossUnchecked tested ["risk::approval::tests::daily_loss_fires"],
    /// A check: the day's result is not too far below its highest.
    DrawdownUnchecked tested [
        "risk::manager::tests::conduct::drawdown_fires_at_its_limit_below_the_days_peak_and_a_restart_knows_the_peak",
    ],
    /// A check: not too many losing round trips in a row.
    LossStreakUnchecked tested [
        "risk::manager::tests::conduct::a_loss_streak_fires_and_a_win_a_resume_or_a_new_day_ends_it",
    ],
    /// A check: the strategy did not execute too often.
    RepeatedExecutionsUnchecked tested [
        "risk::manager::tests::conduct::a_strategy_that_executes_too_often_is_paused_until_a_person_resumes_it",
    ],
    /// A check: not too many orders within a second.
    MessageRateUnchecked tested ["risk::approval::tests::the_message_rate_fires"],
    /// A check: the reference price is fresh.
    StaleDataUnchecked tested ["risk::approval::tests::stale_data_fires_for_new_risk"],
    /// A check: there is a reference price.
    NoReferencePriceUnchecked tested [
        "risk::approval::tests::no_reference_price_fires",
        "risk::approval::tests::the_last_line_repeats_the_hardest_checks",
    ],
    /// A check: no order is approved twice.
    DuplicateOrderUnchecked tested [
        "risk::approval::tests::duplicates_fire",
        "risk::approval::tests::the_last_line_repeats_the_hardest_checks",
    ],
    /// A check: prices are on the tick.
    TickSizeUnchecked tested ["risk::approval::tests::the_grid_fires"],
    /// A check: quantities are on the lot.
    LotSizeUnchecked tested ["risk::approval::tests::the_grid_fires"],
    /// A check: an order that would flip is denied whole while a gate is closed.
    WouldFlipUnchecked tested [
        "risk::approval::tests::gates_fire_for_new_risk_and_pass_reductions",
        "risk::approval::tests::the_last_line_repeats_the_hardest_checks",
    ],
    /// A check: nothing new in a restricted symbol.
    RestrictedUnchecked tested [
        "risk::manager::tests::conduct::a_restricted_symbol_opens_nothing_and_may_be_reduced",
    ],
    /// A check: no order meets one of the desk's own.
    SelfMatchUnchecked tested ["risk::manager::tests::conduct::an_order_that_would_meet_one_of_ours_is_denied"],
    /// A check: no gate is closed.
    GateClosedUnchecked tested [
        "risk::approval::tests::gates_fire_for_new_risk_and_pass_reductions",
        "risk::approval::tests::the_last_line_repeats_the_hardest_checks",
    ],
    /// A check of the engine's: the order's time to live is not over.
    ExpiredUnchecked tested ["risk::approval::tests::the_last_line_repeats_the_hardest_checks"],
    /// A check of the engine's: the order was approved under the newest limits.
    LimitsOutdatedUnchecked tested ["risk::approval::tests::the_last_line_repeats_the_hardest_checks"],
    /// A gate: a person's pause.
    OperatorPauseGateIgnored tested ["risk::manager::tests::gates::operator_pause"],
    /// A gate: the kill.
    KillLatchGateIgnored tested ["risk::manager::tests::gates::kill_latch"],
    /// A gate: the loss limit.
    LossLimitGateIgnored tested [
        "risk::checks::permission::tests::every_gate_stops_new_risk_and_only_the_kill_stops_a_reduction",
    ],
    /// A gate: stale market data.
    StaleMarketDataGateIgnored tested ["risk::manager::tests::gates::stale_market_data"],
    /// A gate: a heartbeat is lost.
    HeartbeatLostGateIgnored tested ["risk::manager::tests::gates::heartbeat_lost"],
    /// A gate: a reconciliation break.
    ReconciliationBreakGateIgnored tested ["risk::manager::tests::gates::reconciliation_break"],
    /// A gate: journal or projection behind.
    StoreBehindGateIgnored tested ["risk::manager::tests::gates::store_behind"],
    /// A gate: the venue is lost.
    VenueLostGateIgnored tested ["risk::manager::tests::gates::venue_lost"],
    /// A gate: no model.
    ModelMissingGateIgnored tested ["risk::manager::tests::gates::model_missing"],
    /// A gate: the session is closed.
    SessionClosedGateIgnored tested ["risk::manager::tests::gates::session_closed"],
    /// A gate: a clock is off.
    ClockOffGateIgnored tested ["risk::manager::tests::gates::clock_off"],
}
