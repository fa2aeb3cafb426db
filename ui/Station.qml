pragma ComponentBehavior: Bound

import QtQuick
import SmartWard.Screen
import "components"
import "station"
import "theme"

// The nurse station: bed board and pages left, the Now queue right and never hidden behind anything.
Screen {
    id: root

    required property StationModel model
    // "board", "tasks", "today", "links", "drill" or "names".
    property string shownPage: "board"
    readonly property bool asked: root.model.pickerOpen || root.model.question.open || root.model.amount.open
    readonly property bool covered: root.model.sheetOpen || root.asked

    base: root.model
    height: 1080
    // Asked beside the queue, never over it.
    pickerPlace: left
    // Its own banners: the header tells of the hospital's link already.
    showBanner: false
    title: root.model.head.ward
    width: 1920

    function stepBack() {
        if (root.model.pickerOpen)
            root.model.closePicker();
        else if (root.model.question.open)
            root.model.question.cancel();
        else if (root.model.amount.open)
            root.model.amount.cancel();
        else if (root.model.pad.open)
            root.model.pad.leave();
        else if (root.model.sheetOpen)
            root.model.closeSheet();
        else
            root.shownPage = "board";
        board.takeFocus();
    }
    function showPage(page: string) {
        root.model.question.cancel();
        root.model.amount.cancel();
        root.model.closePicker();
        root.model.closeSheet();
        root.shownPage = page;
    }

    Shortcut {
        sequence: "Escape"

        onActivated: root.stepBack()
    }
    Shortcut {
        sequence: "M"

        onActivated: root.model.mute()
    }
    Shortcut {
        sequence: "F9"

        onActivated: root.model.turnPrivacyKey()
    }
    Item {
        id: desk

        anchors.bottomMargin: root.noticeRoom
        anchors.fill: parent

        // A key nobody took: arrows bring the focus back to where work is.
        Keys.onDownPressed: queue.takeFocus()
        Keys.onLeftPressed: board.takeFocus()
        Keys.onRightPressed: queue.takeFocus()
        Keys.onUpPressed: queue.takeFocus()

        LinkBanner {
            id: hubLost

            kind: "hub"
            objectName: "hubBanner"
            text: root.model.linkKind === "his" ? "" : root.model.linkText
            width: parent.width
        }
        LinkBanner {
            id: faults

            anchors.top: hubLost.bottom
            kind: "fault"
            objectName: "faults"
            text: root.model.faultText
            width: parent.width
        }
        EntrustBanner {
            id: entrusted

            anchors.top: faults.bottom
            entrust: root.model.entrust
            width: parent.width
        }
        StationHeader {
            id: header

            anchors.top: entrusted.bottom
            model: root.model
            width: parent.width

            onActorTouched: root.model.openPicker()
            onDrillTouched: root.showPage("drill")
            onScreensTouched: root.showPage("links")
        }
        Item {
            id: left

            readonly property bool stacked: Theme.portrait

            anchors.bottom: strip.top
            anchors.bottomMargin: Theme.gap
            anchors.left: parent.left
            anchors.leftMargin: Theme.margin
            anchors.top: left.stacked ? queue.bottom : header.bottom
            anchors.topMargin: Theme.gap
            width: left.stacked ? parent.width - 2 * Theme.margin : Math.round((parent.width - 3 * Theme.margin) * (board.count > 42 ? 0.64 : 0.615))

            BedBoard {
                id: board

                anchors.fill: parent
                focus: true
                letters: root.model.slotLetters
                model: root.model.board
                shownBed: root.model.sheetBed
                upright: root.model.uprightWords
                visible: root.shownPage === "board" && !root.covered

                onBeyondRight: queue.takeFocus()
                onBedTouched: bed => root.model.openSheet(bed)
            }
            Label {
                anchors.verticalCenter: parent.verticalCenter
                color: Theme.muted
                font.pixelSize: Theme.sizeHeading
                font.weight: Theme.bold
                horizontalAlignment: Text.AlignHCenter
                objectName: "emptyBoard"
                text: root.model.head.noBeds
                visible: board.visible && text !== ""
                width: parent.width
                wrapMode: Text.Wrap
            }
            Loader {
                active: root.shownPage === "tasks"
                anchors.fill: parent
                // Where one was in the list is kept while it is asked what became of a task.
                visible: !root.covered

                sourceComponent: TasksPage {
                    tasks: root.model.tasks

                    onBeyondRight: queue.takeFocus()
                }
            }
            Loader {
                active: root.shownPage === "today"
                anchors.fill: parent
                visible: !root.covered

                sourceComponent: TodayPage {
                    today: root.model.today

                    onBeyondRight: queue.takeFocus()
                }

                // Longer than the screen: arrows scroll it as soon as it is there.
                onLoaded: (item as Item).forceActiveFocus()
            }
            Loader {
                active: root.shownPage === "links" && !root.covered
                anchors.fill: parent

                sourceComponent: LinksPage {
                    model: root.model

                    onDrillTouched: root.showPage("drill")
                }
            }
            Loader {
                active: root.shownPage === "drill"
                anchors.fill: parent
                visible: !root.covered

                sourceComponent: DrillPage {
                    drill: root.model.drill

                    onBeyondRight: queue.takeFocus()
                }

                onLoaded: (item as Item).forceActiveFocus()
            }
            Loader {
                active: root.shownPage === "names"
                anchors.fill: parent
                // A choice is not lost while it is asked why, and by whom.
                visible: !root.covered

                sourceComponent: NamesPage {
                    privacy: root.model.privacy
                }
            }
            Loader {
                active: root.model.sheetOpen
                anchors.fill: parent
                visible: !root.asked && !root.model.pad.open

                sourceComponent: BedSheet {
                    model: root.model

                    onBeyondRight: queue.takeFocus()
                    onClosed: root.stepBack()
                }
            }
            Loader {
                active: root.model.pad.open
                anchors.fill: parent
                visible: !root.asked

                sourceComponent: ObservationSheet {
                    pad: root.model.pad

                    onClosed: root.stepBack()
                }
            }
            Loader {
                active: root.model.amount.open
                anchors.fill: parent
                visible: !root.model.pickerOpen

                sourceComponent: AmountPanel {
                    amount: root.model.amount
                }
            }
            Loader {
                active: root.model.question.open && !root.model.pickerOpen
                anchors.fill: parent

                sourceComponent: AskPanel {
                    question: root.model.question

                    onDismissed: root.stepBack()
                }
            }
        }
        NowQueue {
            id: queue

            anchors.right: parent.right
            anchors.rightMargin: Theme.margin
            anchors.top: header.bottom
            anchors.topMargin: Theme.gap
            height: left.stacked ? Math.round(parent.height * 0.34) : strip.y - Theme.gap - y
            model: root.model
            width: left.stacked ? parent.width - 2 * Theme.margin : parent.width - left.width - 3 * Theme.margin

            onBeyondLeft: board.takeFocus()
        }
        // The banners come and go by themselves, and all below them moves.
        JustMoved {
            anchors.bottom: strip.top
            anchors.left: parent.left
            anchors.right: parent.right
            anchors.top: entrusted.top
            place: header.y
        }
        PageStrip {
            id: strip

            anchors.bottom: parent.bottom
            // Test calls are a page behind the screens.
            shown: root.shownPage === "drill" ? "links" : root.shownPage
            tasks: root.model.tasks.label
            today: root.model.today.label
            width: parent.width

            onChosen: page => root.showPage(page)
        }
    }
}
