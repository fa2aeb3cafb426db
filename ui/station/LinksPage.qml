pragma ComponentBehavior: Bound

import QtQuick
import SmartWard.Screen
import "../components"
import "../theme"

// Every screen with its state, faults first, and the link to the hospital system.
Item {
    id: page

    required property StationModel model

    signal drillTouched

    objectName: "linksPage"

    Component.onCompleted: page.model.links.look()
    Component.onDestruction: page.model.links.lookAway()

    Card {
        id: his

        height: hisColumn.height + 3 * Theme.grid
        width: parent.width

        Column {
            id: hisColumn

            anchors.left: parent.left
            anchors.leftMargin: 2 * Theme.grid
            anchors.right: parent.right
            anchors.rightMargin: 2 * Theme.grid
            spacing: Theme.grid / 2
            y: 1.5 * Theme.grid

            Label {
                font.pixelSize: Theme.sizeHeading
                font.weight: Theme.bold
                text: qsTr("Hospital system")
            }
            Label {
                font.weight: Theme.semibold
                objectName: "hisStatus"
                tabular: true
                text: page.model.head.hisStatus
                width: parent.width
                wrapMode: Text.Wrap
            }
            Label {
                color: Theme.muted
                font.pixelSize: Theme.sizeLabel
                tabular: true
                text: page.model.head.hisCensus + " · " + page.model.head.hisRejected
                width: parent.width
                wrapMode: Text.Wrap
            }
            Repeater {
                model: page.model.links.rejections

                delegate: Label {
                    required property string reason
                    required property string count

                    elide: Text.ElideRight
                    font.pixelSize: Theme.sizeLabel
                    tabular: true
                    text: count + " × " + reason
                    width: hisColumn.width
                }
            }
            Label {
                font.pixelSize: Theme.sizeLabel
                font.weight: Theme.semibold
                objectName: "writesWaiting"
                tabular: true
                text: page.model.writes.waiting
                visible: text !== ""
                width: parent.width
                wrapMode: Text.Wrap
            }
            Repeater {
                model: page.model.writes.rows

                delegate: WriteLine {
                    verb: page.model.writes.verb
                    width: hisColumn.width

                    onSettleTouched: id => page.model.writes.settle(id)
                }
            }
            Label {
                color: Theme.muted
                font.pixelSize: Theme.sizeLabel
                tabular: true
                text: page.model.writes.more
                visible: text !== ""
            }
        }
    }
    Card {
        id: trust

        anchors.top: his.bottom
        anchors.topMargin: Theme.gap
        height: Math.max(trustWords.height, trustAsk.height) + 3 * Theme.grid
        width: parent.width

        Column {
            id: trustWords

            anchors.left: parent.left
            anchors.leftMargin: 2 * Theme.grid
            anchors.right: trustAsk.visible ? trustAsk.left : parent.right
            anchors.rightMargin: 2 * Theme.grid
            anchors.verticalCenter: parent.verticalCenter
            spacing: Theme.grid / 2

            Label {
                font.pixelSize: Theme.sizeHeading
                font.weight: Theme.bold
                text: qsTr("Who answers for the calls")
            }
            Label {
                objectName: "entrustStatus"
                tabular: true
                text: page.model.entrust.status
                width: parent.width
                wrapMode: Text.Wrap
            }
        }
        // Taking over and giving back stand in the banner, on every page.
        TouchButton {
            id: trustAsk

            anchors.right: parent.right
            anchors.rightMargin: 2 * Theme.grid
            anchors.verticalCenter: parent.verticalCenter
            iconName: "swap-horizontal-bold"
            objectName: "entrustAsk"
            text: qsTr("Ask another station")
            visible: page.model.entrust.asks

            onActivated: page.model.entrust.askAnother()
        }
    }
    Label {
        id: heading

        anchors.left: parent.left
        anchors.leftMargin: 2 * Theme.grid
        anchors.top: trust.bottom
        anchors.topMargin: 2 * Theme.grid
        font.pixelSize: Theme.sizeHeading
        font.weight: Theme.bold
        text: qsTr("Screens of the ward")
    }
    TouchButton {
        anchors.right: drills.left
        anchors.rightMargin: Theme.grid
        anchors.verticalCenter: heading.verticalCenter
        height: Theme.touchStaff
        iconName: "monitor-dashboard"
        objectName: "lookWaiting"
        text: page.model.placing.lookVerb

        onActivated: page.model.placing.look()
    }
    TouchButton {
        id: drills

        anchors.right: parent.right
        anchors.rightMargin: 2 * Theme.grid
        anchors.verticalCenter: heading.verticalCenter
        height: Theme.touchStaff
        iconName: "phone-check-outline"
        objectName: "pageDrill"
        text: page.model.drill.label

        onActivated: page.drillTouched()
    }
    Label {
        anchors.left: heading.left
        anchors.top: heading.bottom
        anchors.topMargin: Theme.grid
        color: Theme.muted
        text: page.model.head.noScreens
        visible: text !== ""
    }
    Flickable {
        id: grid

        readonly property int perRow: Math.max(1, Math.floor(width / Theme.length(370)))

        anchors.bottom: parent.bottom
        anchors.left: parent.left
        anchors.right: parent.right
        anchors.top: heading.bottom
        anchors.topMargin: 1.5 * Theme.grid
        boundsBehavior: Flickable.StopAtBounds
        clip: true
        contentHeight: tiles.y + tiles.height
        interactive: contentHeight > height
        objectName: "screenGrid"

        // Who waits for a place or to forget all, what screens found of themselves that were asked to
        // from here, then what is wrong, one line for each cause, before the screens one by one.
        Column {
            id: causes

            spacing: Theme.grid
            width: grid.width - Theme.grid / 2
            x: Theme.grid / 2

            Label {
                color: Theme.muted
                objectName: "waitingStatus"
                text: page.model.placing.status
                visible: text !== ""
            }
            Repeater {
                model: page.model.placing.numbers

                delegate: WaitingScreen {
                    objectName: "number-" + key
                    width: causes.width - Theme.grid / 2
                }
            }
            Repeater {
                model: page.model.placing.rows

                delegate: WaitingScreen {
                    placeVerb: page.model.placing.placeVerb
                    refuseVerb: page.model.placing.refuseVerb
                    width: causes.width - Theme.grid / 2

                    onPlaceTouched: code => page.model.placing.place(code)
                    onRefuseTouched: code => page.model.placing.refuse(code)
                }
            }
            Repeater {
                model: page.model.placing.wiped

                delegate: WaitingScreen {
                    required property string verb

                    objectName: "wiped-" + key
                    refuseVerb: verb
                    width: causes.width - Theme.grid / 2

                    onRefuseTouched: id => page.model.placing.writeOff(id)
                }
            }
            Repeater {
                model: page.model.placing.checks

                delegate: ScreenCheck {
                    width: causes.width - Theme.grid / 2

                    onPutAway: id => page.model.placing.putAway(id)
                }
            }
            Repeater {
                model: page.model.links.faults

                delegate: ScreenFault {
                    width: causes.width - Theme.grid / 2
                }
            }
        }
        // A tile is as high as what is wrong with its screen needs: nothing of that is cut.
        Flow {
            id: tiles

            width: grid.width
            y: causes.height === 0 ? 0 : causes.height + 1.5 * Theme.grid

            Repeater {
                model: page.model.links.screens

                delegate: Item {
                    id: cell

                    required property string key
                    required property string icon
                    required property string label
                    required property string place
                    required property string status
                    required property bool fault
                    required property string figures

                    height: Math.max(Theme.length(112), words.height + 4 * Theme.grid)
                    objectName: "screen-" + cell.key
                    width: Math.floor(grid.width / grid.perRow)

                    Rectangle {
                        anchors.fill: parent
                        anchors.margins: Theme.grid / 2
                        border.color: cell.fault ? Theme.ink : Theme.line
                        border.width: cell.fault ? Theme.edge : Theme.hairline
                        color: touch.pressed ? Theme.sunken : Theme.surface
                        radius: Theme.radius

                        Touch {
                            id: touch

                            onTapped: page.model.placing.touchScreen(cell.key)
                        }
                        Icon {
                            id: mark

                            anchors.verticalCenter: parent.verticalCenter
                            color: cell.fault ? Theme.ink : Theme.muted
                            name: cell.icon
                            size: Theme.sizeTitle
                            x: 1.5 * Theme.grid
                        }
                        Column {
                            id: words

                            anchors.left: mark.right
                            anchors.leftMargin: 1.5 * Theme.grid
                            anchors.right: parent.right
                            anchors.rightMargin: Theme.grid
                            y: Theme.length(8)

                            Label {
                                font.pixelSize: Theme.sizeLabel
                                font.weight: Theme.semibold
                                text: cell.label === "" ? cell.place : cell.label + " · " + cell.place
                                width: parent.width
                                wrapMode: Text.Wrap
                            }
                            Label {
                                color: cell.fault ? Theme.ink : Theme.muted
                                font.pixelSize: Theme.sizeSmall
                                font.weight: cell.fault ? Theme.bold : Theme.regular
                                tabular: true
                                text: cell.status
                                width: parent.width
                                wrapMode: Text.Wrap
                            }
                            Label {
                                color: Theme.muted
                                font.pixelSize: Theme.sizeSmall
                                tabular: true
                                text: cell.figures
                                visible: text !== ""
                                width: parent.width
                                wrapMode: Text.Wrap
                            }
                        }
                    }
                }
            }
        }
    }
}
