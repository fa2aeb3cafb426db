pragma ComponentBehavior: Bound

import QtQuick
import SmartWard.Screen
import "../theme"

// The window every role stands in: theme, link banner, notices, staff picker, flash clock.
//
//     Screen { id: root; required property DoorModel model; base: root.model; … }
Window {
    id: screen

    required property ScreenModel base
    // Where a page draws; below the link banner.
    default property alias content: page.data
    readonly property alias page: page
    // Where the screen asks who acts; the whole window unless a page keeps something in reach (the
    // bedside its call button).
    property Item pickerPlace: null
    // Where the screen shows which it is; where no call is.
    property Item identifyPlace: screen.pickerPlace
    // What is covered where the hub shows this screen nothing; the page, unless something of it stays.
    property Item blockPlace: null
    property string blockTruth
    // A page that shows the links in its own way (the station's header) turns the banner off.
    property bool showBanner: true
    // How much of the bottom the notice takes: a page whose lowest rows must stay readable ends above.
    readonly property real noticeRoom: notice.visible ? notice.height + 4 * Theme.grid : 0
    // What had the keyboard before the picker came: it gets it back.
    property Item focusBefore: null
    property bool focusAway: false

    LayoutMirroring.childrenInherit: true
    LayoutMirroring.enabled: screen.base.rightToLeft
    color: Theme.paper
    visible: true

    onActiveFocusItemChanged: {
        if (!screen.base.pickerOpen && !screen.focusAway && screen.activeFocusItem !== null)
            screen.focusBefore = screen.activeFocusItem;
    }

    function giveFocusBack(): void {
        if (screen.base.pickerOpen)
            return;
        screen.focusAway = false;
        if (screen.focusBefore !== null)
            screen.focusBefore.forceActiveFocus(Qt.OtherFocusReason);
    }

    Binding {
        property: "role"
        target: Theme
        value: screen.base.role
    }
    Binding {
        property: "night"
        target: Theme
        value: screen.base.night
    }
    Binding {
        property: "reducedMotion"
        target: Theme
        value: screen.base.reducedMotion
    }
    Binding {
        property: "textScale"
        target: Theme
        value: screen.base.textScale
    }
    Binding {
        property: "tallScript"
        target: Theme
        value: screen.base.rightToLeft
    }
    Binding {
        property: "windowWidth"
        target: Theme
        value: screen.width
    }
    Binding {
        property: "windowHeight"
        target: Theme
        value: screen.height
    }
    Timer {
        id: flashClock

        interval: Theme.beatInterval
        repeat: true
        running: Theme.flashers > 0 && screen.visible

        onRunningChanged: Theme.beat = 0
        onTriggered: {
            // Where seconds are counted, their tick turns the last beat of a second: one frame.
            if (!screen.base.countsSeconds || Theme.beat % 4 !== 3)
                Theme.beat = (Theme.beat + 1) % 8;
        }
    }
    Connections {
        function onTicked() {
            if (flashClock.running) {
                Theme.beat = Math.ceil(Theme.beat / 4) * 4 % 8;
                flashClock.restart();
            }
        }

        target: screen.base
    }
    Connections {
        function onPickerChanged() {
            if (screen.base.pickerOpen)
                screen.focusAway = true;
            else
                Qt.callLater(screen.giveFocusBack);
        }

        target: screen.base
    }
    LinkBanner {
        id: banner

        kind: screen.base.linkKind
        objectName: "linkBanner"
        text: screen.showBanner ? screen.base.linkText : ""
        width: parent.width
    }
    LinkBanner {
        id: faults

        anchors.top: banner.bottom
        kind: "fault"
        objectName: "faultBanner"
        text: screen.showBanner ? screen.base.faultText : ""
        width: parent.width
    }
    FocusScope {
        id: page

        anchors.bottom: parent.bottom
        anchors.left: parent.left
        anchors.right: parent.right
        anchors.top: faults.bottom
        visible: screen.base.blockTitle === "" || screen.blockPlace !== null
        enabled: !screen.base.pickerOpen || screen.pickerPlace !== null
        focus: true
    }
    Loader {
        active: screen.base.pickerOpen
        anchors.fill: parent
        parent: screen.pickerPlace ?? screen.contentItem
        z: 1

        sourceComponent: StaffPicker {
            LayoutMirroring.childrenInherit: true
            LayoutMirroring.enabled: screen.base.staffRightToLeft
            base: screen.base
            solid: screen.pickerPlace !== null
        }
    }
    Loader {
        active: screen.base.blockTitle !== ""
        anchors.fill: parent
        objectName: "blocked"
        parent: screen.blockPlace ?? screen.contentItem

        sourceComponent: BlockedPage {
            base: screen.base
            truth: screen.blockTruth
        }
    }
    Loader {
        active: screen.base.identify.place !== ""
        anchors.fill: parent
        objectName: "identify"
        parent: screen.identifyPlace ?? screen.contentItem
        z: 2

        sourceComponent: IdentifyFrame {
            device: screen.base.identify.device
            place: screen.base.identify.place
        }
    }
    NoticeBar {
        id: notice

        anchors.bottom: parent.bottom
        anchors.bottomMargin: 2 * Theme.grid
        anchors.horizontalCenter: parent.horizontalCenter
        objectName: "notice"
        asks: screen.base.noticeAsks
        labels: screen.base.noticeLabels
        text: screen.base.noticeText
        width: Math.min(parent.width - 2 * Theme.margin, Theme.length(1000))

        onConfirmed: screen.base.doItNow()
        onDismissed: screen.base.dismissNotice()
    }
}
